import {readFileSync, renameSync} from 'node:fs'
import {basename, dirname} from 'node:path'

import {hasCode, tidying} from './file-error.ts'
import {type FileStamp, sameStamp, stampedFile} from './file-stamp.ts'
import {isSavedInto, keepLatest, keepReplaced, pruneGood} from './good-copies.ts'
import type {KeptPaths} from './paths.ts'
import {removeFile, replaceText} from './safe-file.ts'
import {syncFolder} from './safe-folder.ts'

export interface Replacement {
  file: string
  /** The version that was replaced; undefined when there was none. */
  kept: string | undefined
  stamp: FileStamp
}

/**
 * Replaces a file that people and agents save too; both versions are good copies afterwards. Undefined, with the file as
 * they left it, when it is not the version that was read. `mode` is for a file that is not there yet.
 */
export async function replaceKept(
  paths: KeptPaths,
  file: string,
  text: string,
  expected: FileStamp | null,
  mode = 0o644,
): Promise<Replacement | undefined> {
  const replacement = await replaceOnly(paths, file, text, expected, mode)
  if (replacement) await keepGood(paths, file, text)
  return replacement
}

/** The change is in place: what becomes of its copies does not undo it. */
export async function keepGood(paths: KeptPaths, file: string, text: string): Promise<void> {
  await tidying(async () => {
    await keepLatest(paths, basename(file), text)
    await pruneGood(paths, basename(file))
  })
}

/** The same, for a change that can still be taken back: its own version is no good copy yet. */
export async function replaceOnly(
  paths: KeptPaths,
  file: string,
  text: string,
  expected: FileStamp | null,
  mode = 0o644,
): Promise<Replacement | undefined> {
  const kept = expected ? await keepReplaced(paths, file, expected) : undefined
  if (expected && !kept) return undefined
  const stamp = await replaceText(file, text, {mode, expected})
  if (!stamp) {
    if (kept) await removeFile(kept)
    return undefined
  }
  const replacement = {file, kept, stamp}
  // An editor that had opened the old file just before it was replaced writes into it all the same.
  if (kept && (await isSavedInto(kept))) {
    await putBack(replacement)
    return undefined
  }
  return replacement
}

/** The old version takes its place again, as the same file where that is possible: an editor may still be writing into it. */
export async function putBack({file, kept, stamp}: Replacement): Promise<void> {
  const current = await stampedFile(file)
  if (!current || !sameStamp(current.stamp, stamp)) return
  if (kept === undefined) {
    await removeFile(file)
    return
  }
  try {
    renameSync(kept, file)
    await syncFolder(dirname(file))
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error
    await replaceText(file, readFileSync(kept, 'utf8'), {mode: 0o644})
  }
}
