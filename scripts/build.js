// Compiles everything into dist folders and writes oclif.manifest.json. A program that runs from here meanwhile keeps running: only what
// changed is written, and what has no source any more is removed at the end, since a command whose source is gone must not stay callable.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const compiler = path.join(root, 'node_modules', '.bin', 'tsc')
if (!existsSync(compiler)) {
  console.error('The packages that build codex-planner are not installed.')
  console.error('Try this: node scripts/ready.js')
  process.exit(1)
}

const {status, stdout, stderr, error} = spawnSync(compiler, ['-b'], {cwd: root, encoding: 'utf8'})
if (status !== 0) {
  console.error(error ? `${compiler}: ${error.message}` : `${stdout}${stderr}`.trim())
  process.exit(1)
}

const {workspaces} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
for (const folder of ['.', ...workspaces])
  removeOrphans(path.join(root, folder, 'dist'), path.join(root, folder, 'src'))
await writeManifest(path.join(root, 'oclif.manifest.json'))

function removeOrphans(dist, src) {
  for (const entry of readdirSync(dist, {recursive: true, withFileTypes: true})) {
    const [, name] = /^(.+?)\.(?:js|js\.map|d\.ts)$/.exec(entry.name) ?? []
    if (name === undefined || !entry.isFile()) continue
    const folder = entry.parentPath ?? entry.path
    const source = path.join(src, path.relative(dist, folder), `${name}.ts`)
    if (!existsSync(source)) rmSync(path.join(folder, entry.name), {force: true})
  }
}

/** What `oclif manifest` writes; but the file changes only when its content does, and then at once. */
async function writeManifest(file) {
  const {Plugin} = await import(
    pathToFileURL(path.join(root, 'node_modules', '@oclif', 'core', 'lib', 'index.js')).href
  )
  const plugin = new Plugin({
    errorOnManifestCreate: true,
    ignoreManifest: true,
    respectNoCacheDefault: true,
    root,
    type: 'core',
  })
  await plugin.load()
  const text = JSON.stringify(plugin.manifest, null, 2)
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, text)
  renameSync(beside, file)
}
