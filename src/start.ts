// The first file that is loaded: small, since `--version` needs nothing else.
import {mkdirSync, readFileSync, type Stats, statSync} from 'node:fs'
import {enableCompileCache} from 'node:module'
import path from 'node:path'
import {mayBeInsideWindows} from './inside-windows.ts'
import type {Typed} from './main.ts'
import {print, watchStandardStreams} from './standard-output.ts'
import {cacheFolder, pluginsFolder} from './store/user-folders.ts'
import {isNodeError} from './system/node-error.ts'

/** @param root the folder of the package */
export function start(root: string): void {
  const searches = hasPluginsOfItsOwn(process.env)
  if (!searches && asksForVersionAlone(process.argv[2])) {
    watchStandardStreams()
    print(`${versionLine(root)}\n`)
    return
  }
  if (SERVES.has(process.argv[2] ?? '')) staySmall()
  cacheCode(path.join(cacheFolder(process.env), 'code'))
  const program = require('./codex-planner.cjs') as {main(root: string, typed: Typed): Promise<void>}
  void program.main(root, {argv: process.argv.slice(2), searches})
}

/** The tool server: there is one for each session, and it does nothing most of the time. */
const SERVES = new Set(['serve-mcp', 'mcp'])

/** What a start leaves behind would make the room for new objects grow for good; without growing it is collected meanwhile. */
function staySmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
}

/** Whether oclif has to look for plugins, because there may be others than those that came with the program. */
function hasPluginsOfItsOwn(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32') return true
  try {
    const {oclif} = JSON.parse(readFileSync(path.join(pluginsFolder(env), 'package.json'), 'utf8')) as Listed
    return oclif?.plugins?.length !== 0
  } catch (error) {
    if (!isNodeError(error)) return true
    return error.code !== 'ENOENT'
  }
}

interface Listed {
  oclif?: {plugins?: unknown[]}
}

/** What nothing else has a part in: oclif prints more when it is debugged, and has another name for Linux inside Windows. */
function asksForVersionAlone(word: string | undefined): boolean {
  return (word === '--version' || word === '-v') && process.env.DEBUG === undefined && !mayBeInsideWindows()
}

function versionLine(root: string): string {
  const {name, version} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, string>
  return `${name}/${version} ${process.platform}-${process.arch === 'ia32' ? 'x86' : process.arch} node-${process.version}`
}

/** What is in the folder is run, so it must be ours alone. Without it everything works, and starts more slowly. */
function cacheCode(folder: string): void {
  // The folder a call is made in is no person's.
  if (!path.isAbsolute(folder)) return
  try {
    const {uid, mode} = statSync(folder, {throwIfNoEntry: false}) ?? made(folder)
    if (uid === process.geteuid?.() && (mode & 0o077) === 0) enableCompileCache(folder)
  } catch (error) {
    if (!isNodeError(error)) throw error
  }
}

function made(folder: string): Stats {
  mkdirSync(folder, {recursive: true, mode: 0o700})
  return statSync(folder)
}
