import {dirname} from 'node:path'

import {shellLine} from '../domain/shell.ts'
import type {ProjectPaths} from './paths.ts'
import {createText, readText, replaceText} from './safe-file.ts'
import {ensureFolder} from './safe-folder.ts'

/**
 * The program `codex-planner` as a session's shell calls it. Its absolute path goes into every prompt: an agent's login shell sets PATH
 * anew. Returns that path.
 */
export async function writeShim(paths: ProjectPaths, self: readonly string[]): Promise<string> {
  await ensureFolder(dirname(paths.shim), 0o700, {below: paths.root})
  const text = `#!/bin/sh\nexec ${shellLine(self)} "$@"\n`
  const standing = await readText(paths.shim, {maxBytes: 65_536})
  if (!standing) await createText(paths.shim, text, 0o700)
  else if (standing.text !== text) await replaceText(paths.shim, text, {mode: 0o700, expected: standing.stamp})
  return paths.shim
}
