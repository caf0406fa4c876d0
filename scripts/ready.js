// Makes a fresh clone ready: names missing system programs, installs what the lock file says when it is not there yet.
// Plain JavaScript without dependencies: it runs before anything is installed, also on Node 20.
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const programs = [
  {name: 'git', version: '--version', debian: 'git'},
  {name: 'tmux', version: '-V', debian: 'tmux'},
]

const missing = programs.filter(({name, version}) => spawnSync(name, [version], {stdio: 'ignore'}).error)
if (missing.length > 0) {
  const names = missing.map(({name}) => name).join(' and ')
  console.error(`${names} ${missing.length > 1 ? 'are' : 'is'} not installed.`)
  console.error(`Try this: sudo apt-get install -y ${missing.map(({debian}) => debian).join(' ')}`)
  process.exit(1)
}

const stamp = path.join(root, 'node_modules', '.installed-lock')
const wanted = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('Installing the packages of package-lock.json (once).')
  const {status} = spawnSync('npm', ['ci'], {cwd: root, stdio: ['ignore', 'inherit', 'inherit']})
  if (status !== 0) {
    console.error('npm ci did not finish. Try this: npm ci')
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
