import {existsSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'

/** Temporary files of ours in a repository, and in other places. */
export async function litterIn(root: string, ...more: string[]): Promise<string[]> {
  const places = [path.join(root, '.codex'), path.join(root, '.git', 'codex-planner'), ...more].filter(existsSync)
  const names = await Promise.all(
    places.map(async place => (await readdir(place, {recursive: true})).map(name => path.join(place, name))),
  )
  return names.flat().filter(file => path.basename(file).startsWith('.tmp-'))
}
