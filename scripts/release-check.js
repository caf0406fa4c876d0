// Whether what is committed can be released: `npm run release:check`, or with the tag of the release behind `--`. What a package must be is
// said by the tests in test/package; this adds that nothing else is in the way, and that they were run.
import {spawnSync} from 'node:child_process'
import {globSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const {version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))

const [tag] = process.argv.slice(2)
step('The tag', () => (tag === undefined || tag === `v${version}` ? [] : [`${tag} is not v${version}.`]))
step('Nothing uncommitted', uncommitted)
step('Manifest and reference are what the build writes', () => {
  const {status, stderr} = run(process.execPath, ['scripts/build.js'])
  return status === 0 ? uncommitted() : [stderr]
})
step('The package', packageTests)
console.log(`codex-planner ${version} can be released.`)

function step(title, look) {
  const faults = look()
  console.log(`${faults.length === 0 ? 'ok' : 'failed'}  ${title}`)
  if (faults.length === 0) return
  for (const fault of faults) console.error(fault)
  process.exit(1)
}

function uncommitted() {
  const {status, stdout, stderr} = run('git', ['status', '--porcelain'])
  if (status !== 0) return [stderr]
  return stdout === '' ? [] : [stdout.trimEnd(), 'Commit these, or take them back: git stash --include-untracked']
}

function packageTests() {
  const files = globSync('test/package/*.test.ts', {cwd: root})
  const {stdout, stderr} = run(process.execPath, ['node_modules/mocha/bin/mocha.js', '--reporter', 'json', ...files])
  const start = stdout.indexOf('{\n')
  if (start < 0) return [stdout, stderr]
  const {passes, failures} = JSON.parse(stdout.slice(start))
  const faults = failures.map(({fullTitle, err}) => `${fullTitle}: ${err.message}`)
  return faults.length > 0 || passes.length > 0 ? faults : ['No test of the package was run.']
}

function run(program, args) {
  return spawnSync(program, args, {cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024})
}
