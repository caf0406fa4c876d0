// Compiles everything into dist folders and writes oclif.manifest.json. Old output goes first: a command whose source
// is gone must not stay callable.
import {spawnSync} from 'node:child_process'
import {rmSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const {workspaces} = JSON.parse((await import('node:fs')).readFileSync(path.join(root, 'package.json'), 'utf8'))
for (const folder of ['.', ...workspaces]) rmSync(path.join(root, folder, 'dist'), {recursive: true, force: true})

for (const [command, ...args] of [
  ['tsc', '-b'],
  ['oclif', 'manifest', '.'],
]) {
  const {status, stdout, stderr} = spawnSync(path.join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) {
    console.error(stdout + stderr)
    process.exit(1)
  }
}
