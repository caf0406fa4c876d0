// Makes a fresh clone ready: names missing system programs, installs what the lock file says when it is not there yet.
// Plain JavaScript without dependencies: it runs before anything is installed, also on Node 20.
import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const modules = path.join(root, 'node_modules')

const missing = [
  ['git', '--version'],
  ['tmux', '-V'],
].flatMap(([name, question]) => (runs(name, question) ? [] : [name]))
if (missing.length > 0) {
  fail(`${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not installed.`, installLine(missing))
}

if (!isInstalled()) {
  if (!runs('npm', '--version')) fail('npm is not installed.', installLine(['npm']))
  console.error('Installing the packages of package-lock.json (once).')
  // npm takes node_modules away first, so it must not run on the Node in there.
  const withoutOurs = (process.env.PATH ?? '').split(path.delimiter).filter(folder => !folder.startsWith(modules))
  const {status} = spawnSync('npm', ['ci', '--include=dev'], {
    cwd: root,
    env: {...process.env, PATH: withoutOurs.join(path.delimiter)},
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) fail('npm ci did not finish.', 'npm ci --include=dev')
  if (!isInstalled()) fail('npm ci ended, but not everything is there.', 'npm ci --include=dev')
}

if (!isNewEnough(process.versions.node) && !runs(path.join(modules, 'node', 'bin', 'node'), '--version')) {
  fail(
    `codex-planner needs Node 22.13 or newer; this is ${process.versions.node}, and npm ran no script to install the checkout's own.`,
    'npm rebuild node --ignore-scripts=false',
  )
}

function runs(program, question) {
  return spawnSync(program, [question], {stdio: 'ignore'}).status === 0
}

function installLine(names) {
  const managers = [
    ['apt-get', 'apt-get install -y'],
    ['dnf', 'dnf install -y'],
    ['pacman', 'pacman -S --noconfirm'],
    ['zypper', 'zypper install -y'],
    ['apk', 'apk add'],
  ]
  const found = managers.find(([name]) => runs(name, '--version'))
  if (found === undefined && runs('brew', '--version')) return `brew install ${names.join(' ')}`
  const line = `${(found ?? managers[0])[1]} ${names.join(' ')}`
  return process.getuid?.() === 0 ? line : `sudo ${line}`
}

/** npm writes its own record last, so an installation that was cut short has none, or an old one. */
function isInstalled() {
  const record = path.join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = packagesOf(path.join(root, 'package-lock.json'))
  const present = packagesOf(record)
  return Object.entries(wanted).every(([name, {version, optional}]) => {
    if (name === '') return true
    // Packages for other machines are left out.
    if (present[name] === undefined) return optional === true
    return present[name].version === version && existsSync(path.join(root, name))
  })
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 13)
}

function fail(sentence, remedy) {
  console.error(`${sentence}\nTry this: ${remedy}`)
  process.exit(1)
}
