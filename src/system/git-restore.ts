import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {Git} from './git.ts'

/** Attributes that stand above those of the files themselves: content comes out as it went in. */
const AS_IT_IS = '* -filter -text -ident !working-tree-encoding !eol\n'

/** Only what we write ourselves counts, not what the person or the repository has set. */
const NO_SETTINGS = {GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_ATTR_NOSYSTEM: '1'}

const PATIENCE_MS = 300_000

/**
 * Writes the files of a commit into an empty folder, byte for byte. It goes through a Git folder of its own that borrows the objects, so that
 * no filter, hook or setting of the repository takes part. @throws PlannerError GIT_FAILED, TIMEOUT
 */
export async function writeFiles(
  git: Git,
  {
    root,
    commonDir,
    commit,
    folder,
    scratch,
  }: {root: string; commonDir: string; commit: string; folder: string; scratch: string},
): Promise<void> {
  const own = path.join(scratch, `restore-${process.pid}-${Math.random().toString(36).slice(2)}`)
  try {
    const format = await git.objectFormat(root)
    await git.run(root, ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, own], {
      env: NO_SETTINGS,
    })
    await mkdir(path.join(own, 'info'), {recursive: true})
    await writeFile(path.join(own, 'info', 'attributes'), AS_IT_IS)
    await mkdir(path.join(own, 'objects', 'info'), {recursive: true})
    await writeFile(path.join(own, 'objects', 'info', 'alternates'), `${path.join(commonDir, 'objects')}\n`)
    const env = {...NO_SETTINGS, GIT_DIR: own, GIT_WORK_TREE: folder}
    await git.run(folder, ['read-tree', commit], {env, timeout: PATIENCE_MS})
    await git.run(folder, ['checkout-index', '--all', '--quiet'], {env, timeout: PATIENCE_MS})
  } finally {
    await rm(own, {recursive: true, force: true})
  }
}
