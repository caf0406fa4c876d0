// Writes parts.json: runs the calls that should be short, in a throw-away repository, and notes which modules of the program they run. To be done again
// when test/bin/loads.test.ts shows that such a call reads more than the first part; `node scripts/build.js` then makes the parts anew.
import {spawnSync} from 'node:child_process'
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'

import {notingModules} from '../test/support/noted-modules.ts'
import {inOrder, PARTS} from './parts.js'

const SHORT = [
  ['list-tasks'],
  ['list-tasks', '--json'],
  ['show-task', 'TASK-001'],
  ['create-task', 'Two', '--acceptance', 'It works.'],
  ['update-task', 'TASK-001', '--priority', 'high'],
  ['update-task', 'TASK-001', '--status', 'in_progress', '--json'],
  ['internal', 'complete', 'bash', '--', 'li'],
  ['internal', 'complete', 'bash', '--', 'show-task', 'TASK-'],
]
const HELP = [['--help'], ['help', 'update-task']]

const root = path.dirname(import.meta.dirname)
const folder = mkdtempSync(path.join(tmpdir(), 'parts-'))
const program = path.join(folder, 'program')
const repository = path.join(folder, 'repository')
const notes = path.join(folder, 'notes')
const env = {HOME: folder, PATH: '/usr/local/bin:/usr/bin:/bin', NOTES: notes}

try {
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(path.join(root, name), path.join(program, name), {recursive: true})
  symlinkSync(path.join(root, 'node_modules'), path.join(program, 'node_modules'))
  for (const part of PARTS) note(path.join(program, 'dist', 'bundle', `${part}.cjs`))
  mkdirSync(repository)
  run('git', 'init', '-q')
  run('git', '-c', 'user.name=x', '-c', 'user.email=x@localhost', 'commit', '-q', '--allow-empty', '-m', 'First')
  call('init')
  call('create-task', 'One', '--acceptance', 'It works.')
  const first = modulesOf(SHORT)
  const help = modulesOf(HELP).filter(module => !first.includes(module))
  writeFileSync(path.join(root, 'scripts', 'parts.json'), `${JSON.stringify({first, help}, null, 2)}\n`)
} finally {
  rmSync(folder, {recursive: true, force: true})
}

function note(file) {
  writeFileSync(file, notingModules(readFileSync(file, 'utf8')))
}

function modulesOf(calls) {
  rmSync(notes, {force: true})
  for (const words of calls) call(...words)
  // The others are not files of their own.
  const modules = readFileSync(notes, 'utf8')
    .split('\n')
    .filter(name => /^(src|node_modules)\//.test(name))
  if (modules.length === 0) throw new Error('No part has noted a module.')
  return inOrder(new Set(modules))
}

function call(...words) {
  run(process.execPath, path.join(program, 'bin', 'run.js'), ...words)
}

function run(file, ...args) {
  const {status, stderr, error} = spawnSync(file, args, {cwd: repository, env, encoding: 'utf8'})
  if (status !== 0) throw error ?? new Error(`${file} ${args.join(' ')} ended with ${status}: ${stderr}`)
}
