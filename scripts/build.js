// Compiles the plugins, makes the program of what is in src, and writes oclif.manifest.json and the reference of the commands. A program that
// runs from here meanwhile keeps running: only what changed is written, and what has no source any more is removed at the end.
import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const compiler = path.join(root, 'node_modules', '.bin', 'tsc')
if (!existsSync(compiler)) {
  console.error('The packages that build codex-planner are not installed.')
  console.error('Try this: node scripts/ready.js')
  process.exit(1)
}

const {workspaces, oclif} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const projects = workspaces.map(folder => ({
  src: path.join(root, folder, 'src'),
  dist: path.join(root, folder, 'dist'),
}))

compile('-b')
// The compiler trusts its own notes: it does not look whether what it wrote is still there.
if (!projects.every(isComplete)) compile('-b', '--force')
projects.forEach(removeOrphans)

// Not before it is known that they are installed.
const {bundle, bundledHooks} = await import('./bundle.js')
const {judges} = await import('./judges.js')
const {Config, Plugin} = await import('@oclif/core')
const shipped = workspaces.filter(folder => oclif.plugins.includes(`@codex-planner/${path.basename(folder)}`))
for (const {path: file, text} of await bundle(root)) write(file, text)
for (const {path: file, text} of await bundledHooks(root, shipped)) write(file, text)
write(path.join(root, 'oclif.manifest.json'), JSON.stringify(await manifest(), null, 2))
write(path.join(root, 'dist', 'bundle', 'plugins.json'), JSON.stringify(await shippedPlugins()))
for (const {path: file, text} of await toolJudges()) write(file, text)
await import('./reference.js')

function compile(...args) {
  const {status, stdout, stderr, error} = spawnSync(compiler, args, {cwd: root, encoding: 'utf8'})
  if (status === 0) return
  console.error(error ? `${compiler}: ${error.message}` : `${stdout}${stderr}`.trim())
  process.exit(1)
}

function isComplete({src, dist}) {
  const sources = filesIn(src).filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  return sources.every(name => existsSync(path.join(dist, name.replace(/\.ts$/, '.js'))))
}

function removeOrphans({src, dist}) {
  for (const name of filesIn(dist)) {
    const [, stem] = /^(.+?)\.(?:js|js\.map|d\.ts)$/.exec(name) ?? []
    if (stem !== undefined && !existsSync(path.join(src, `${stem}.ts`))) rmSync(path.join(dist, name), {force: true})
  }
}

function filesIn(folder) {
  return readdirSync(folder, {recursive: true})
}

/** What `oclif manifest` writes, and what a shell can offer for each argument and flag. */
async function manifest() {
  const plugin = new Plugin({
    errorOnManifestCreate: true,
    ignoreManifest: true,
    respectNoCacheDefault: true,
    root,
    type: 'core',
  })
  await plugin.load()
  for (const command of Object.values(plugin.manifest.commands)) {
    const {args, baseFlags, flags} = await plugin.findCommand(command.id, {must: true})
    command.offers = {args: offered(args), flags: offered({...baseFlags, ...flags})}
  }
  return plugin.manifest
}

function offered(declared = {}) {
  const some = Object.entries(declared).filter(([, {completes}]) => completes !== undefined)
  return Object.fromEntries(some.map(([name, {completes}]) => [name, completes]))
}

/** What oclif finds here, so that it need not look for it at every start; see src/shipped-plugins.ts. */
async function shippedPlugins() {
  const {plugins} = await Config.load({root, userPlugins: false})
  return [...plugins.values()].map(({name, moduleType, pjson, hooks, topics, commands}) => {
    const {version, description, oclif} = pjson
    return {name, moduleType, pjson: {name, version, description, oclif}, hooks, topics, commands}
  })
}

/** See src/mcp/built-judges.ts. */
async function toolJudges() {
  const {default: program} = await import('../dist/bundle/codex-planner.cjs')
  const tools = await program.loadTools(await Config.load({root, userPlugins: false}))
  return judges(root, tools, program.JUDGING)
}

/** At once, and only when it is something else. */
function write(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  mkdirSync(path.dirname(file), {recursive: true})
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, text)
  renameSync(beside, file)
}
