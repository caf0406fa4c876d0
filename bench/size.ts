import {readdirSync, statSync} from 'node:fs'
import path from 'node:path'

import type {BenchOptions, Figure} from './figure.ts'
import {rounded} from './statistics.ts'

/** What an installation takes: the package and all that comes with it. */
export async function size({installed, peers}: BenchOptions): Promise<Figure> {
  const {found, missed} = await peers()
  const all = [{name: 'codex-planner', folder: (await installed()).folder}, ...found]
  const sizes = all.map(({name, folder}) => ({name, ...sizeOf(folder)}))
  const ours = sizes[0]?.bytes ?? Number.NaN
  return {
    name: 'size',
    title: 'What an installation takes on the disk',
    settings: {},
    rows: [
      ...sizes.map(({name, bytes, files}) => ({
        package: name,
        mb: rounded(bytes / 1e6, 1),
        files,
        ratio: rounded(bytes / ours, 2),
      })),
      ...missed.map(name => ({package: name, mb: 'not measured', files: '-', ratio: '-'})),
    ],
    notes: ['MB are 1 000 000 bytes of content. The ratio is to codex-planner.'],
  }
}

function sizeOf(folder: string): {bytes: number; files: number} {
  const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter(entry => entry.isFile())
  const bytes = files.reduce((sum, file) => sum + statSync(path.join(file.parentPath, file.name)).size, 0)
  return {bytes, files: files.length}
}
