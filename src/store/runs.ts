import {readdirSync, rmdirSync} from 'node:fs'
import {join} from 'node:path'

import type {SessionExit} from '../domain/session.ts'
import type {ProcessIdentity} from '../domain/status.ts'
import {tidying} from './file-error.ts'
import {stampedFile} from './file-stamp.ts'
import {nextChange} from './next-change.ts'
import type {ProjectPaths} from './paths.ts'
import {createText, readText, removeFile} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'

/** What the session's script wrote when it began: which process it is, on this boot. */
export interface Hello extends ProcessIdentity {
  pgid: number
  run: string
  /** It belongs to the repository that this one was copied from, which alone may act on it. */
  foreign: boolean
}

/** What the session's MCP server wrote when Codex had started it. */
export interface Ready {
  pid: number
  at: string
}

/** What one start of a session has left so far. A file that is torn or not what it should be counts as not there. */
export interface Run {
  /** The process that makes this start happen. */
  owner: ProcessIdentity | undefined
  /** Who decided that this start happens, or that it does not. A claim nobody can read is `unknown`. */
  claim: string | undefined
  hello: Hello | undefined
  ready: Ready | undefined
  exit: SessionExit | undefined
  conversation: string | undefined
}

export type RunFile = keyof Run

/** @throws TypeError for a name that could leave the folder: runs are named by us alone */
export function runFolder(paths: ProjectPaths, run: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(run)) throw new TypeError(`${JSON.stringify(run)} names no run`)
  return join(paths.runs, run)
}

/** Makes the folder of a start that is about to be claimed, with who is about to do it. */
export async function beginRun(paths: ProjectPaths, run: string, owner: ProcessIdentity): Promise<void> {
  const folder = runFolder(paths, run)
  await ensureFolder(folder, 0o700, {below: paths.root})
  const {pid, started, boot, pidns} = owner
  const text = `pid=${pid}\nstarted=${started ?? ''}\nboot=${boot ?? ''}\npidns=${pidns ?? ''}\n`
  await createText(join(folder, 'owner'), text, 0o600)
}

/** Makes the folder with what the terminal runs; a run that is there already keeps its files. Returns its folder. */
export async function createRun(
  paths: ProjectPaths,
  run: string,
  files: {script: string; env: string; suspend: string; heavy?: string | null},
): Promise<string> {
  const folder = runFolder(paths, run)
  await ensureFolder(folder, 0o700, {below: paths.root})
  await createText(join(folder, 'env'), files.env, 0o600)
  await createText(join(folder, 'suspend.sh'), files.suspend, 0o700)
  if (files.heavy) await createText(heavyScript(paths, run), files.heavy, 0o700)
  await createText(join(folder, 'run.sh'), files.script, 0o700)
  return folder
}

/** What Codex asks before each command of this start, when heavy commands are refused in it. */
export function heavyScript(paths: ProjectPaths, run: string): string {
  return join(runFolder(paths, run), 'heavy.sh')
}

export async function readRun(paths: ProjectPaths, run: string): Promise<Run> {
  const folder = runFolder(paths, run)
  if (!(await isFolder(folder, {below: paths.root}))) {
    return {
      owner: undefined,
      claim: undefined,
      hello: undefined,
      ready: undefined,
      exit: undefined,
      conversation: undefined,
    }
  }
  const [owner, claim, hello, ready, exit, conversation] = await Promise.all(
    (['owner', 'claim', 'hello', 'ready', 'exit', 'conversation'] as const).map(name => smallFile(join(folder, name))),
  )
  return {
    owner: asIdentity(linesOf(owner)),
    claim: claim === undefined ? undefined : asClaim(claim),
    hello: asHello(linesOf(hello), run, paths),
    ready: asReady(linesOf(ready)),
    exit: asExit(linesOf(exit)),
    conversation: asConversation(conversation ?? ''),
  }
}

/** Only what the script of a start wrote: which process it is, and how it ended. */
export async function readScript(paths: ProjectPaths, run: string): Promise<Pick<Run, 'hello' | 'exit'>> {
  const folder = runFolder(paths, run)
  if (!(await isFolder(folder, {below: paths.root}))) return {hello: undefined, exit: undefined}
  const [hello, exit] = [await smallFile(join(folder, 'hello')), await smallFile(join(folder, 'exit'))]
  return {hello: asHello(linesOf(hello), run, paths), exit: asExit(linesOf(exit))}
}

/** Only the process that makes this start happen. */
export async function readOwner(paths: ProjectPaths, run: string): Promise<ProcessIdentity | undefined> {
  const folder = runFolder(paths, run)
  return (await isFolder(folder, {below: paths.root}))
    ? asIdentity(linesOf(await smallFile(join(folder, 'owner'))))
    : undefined
}

async function smallFile(file: string): Promise<string | undefined> {
  return (await readText(file, {maxBytes: 4096}))?.text
}

/** When the script of a start began, ISO 8601 in UTC; undefined while it has not. */
export async function scriptBegan(paths: ProjectPaths, run: string): Promise<string | undefined> {
  const found = await stampedFile(join(runFolder(paths, run), 'hello'))
  return found && new Date(Number(found.stamp.mtime_ns / 1_000_000n)).toISOString()
}

function linesOf(text: string | undefined): Map<string, string> {
  const lines = (text ?? '').split('\n')
  // A last line without its line feed is still being written.
  return new Map(lines.slice(0, -1).map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

function asClaim(text: string): string {
  return /^([a-z][a-z0-9-]{0,31})\n?$/.exec(text)?.[1] ?? 'unknown'
}

function asIdentity(lines: Map<string, string>): ProcessIdentity | undefined {
  const pid = asNumber(lines.get('pid'))
  const [started, boot, pidns] = [lines.get('started'), lines.get('boot'), lines.get('pidns')]
  if (!pid || started === undefined || boot === undefined || pidns === undefined) return undefined
  return {pid, started: asNumber(started) ?? null, boot: boot || null, pidns: pidns || null}
}

function asHello(lines: Map<string, string>, run: string, paths: ProjectPaths): Hello | undefined {
  const identity = asIdentity(lines)
  const pgid = lines.get('pgid')
  if (!identity || pgid === undefined || lines.get('run') !== run) return undefined
  return {...identity, pgid: asNumber(pgid) ?? identity.pid, run, foreign: isForeign(lines.get('project'), paths)}
}

function isForeign(project: string | undefined, {key}: ProjectPaths): boolean {
  return project !== undefined && project !== key
}

function asReady(lines: Map<string, string>): Ready | undefined {
  const [pid, at] = [asNumber(lines.get('pid')), asTime(lines.get('at'))]
  return pid && at ? {pid, at} : undefined
}

function asExit(lines: Map<string, string>): SessionExit | undefined {
  const [code, at] = [asNumber(lines.get('code')), asTime(lines.get('at'))]
  return code !== undefined && code <= 255 && at ? {code, at} : undefined
}

function asConversation(text: string): string | undefined {
  return /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n$/.exec(text)?.[1]
}

function asNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function asTime(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? text : undefined
}

/** Whether we were the first to decide about this start; `who` is `[a-z0-9-]`. */
export async function claimStart(paths: ProjectPaths, run: string, who: string): Promise<boolean> {
  return createText(join(runFolder(paths, run), 'claim'), `${who}\n`, 0o600)
}

/** Takes away the folder of a start that was begun and that no board knows; one that holds more than its owner stays. */
export async function forgetRun(paths: ProjectPaths, run: string): Promise<void> {
  const folder = runFolder(paths, run)
  const names = (await isFolder(folder, {below: paths.root})) ? readdirSync(folder) : undefined
  if (names === undefined || names.some(name => name !== 'owner')) return
  await removeFile(join(folder, 'owner'))
  await tidying(async () => rmdirSync(folder))
}

/** A start that never happens leaves no copy of anybody's environment behind. */
export async function dropEnvironment(paths: ProjectPaths, run: string): Promise<void> {
  await removeFile(join(runFolder(paths, run), 'env'))
}

/** Whether it was not there yet. */
export async function writeReady(paths: ProjectPaths, run: string, ready: Ready): Promise<boolean> {
  return createText(join(runFolder(paths, run), 'ready'), `pid=${ready.pid}\nat=${ready.at}\n`, 0o600)
}

/** The first conversation wins; returns the one that stands. */
export async function writeConversation(paths: ProjectPaths, run: string, conversation: string): Promise<string> {
  const file = join(runFolder(paths, run), 'conversation')
  const id = conversation.toLowerCase()
  if (asConversation(`${id}\n`) === undefined)
    throw new TypeError(`${JSON.stringify(conversation)} names no conversation`)
  if (await createText(file, `${id}\n`, 0o600)) return id
  return asConversation((await smallFile(file)) ?? '') ?? id
}

/** The first of these files that is there, whole or not; undefined when none came in time. */
export async function waitForRun(
  paths: ProjectPaths,
  run: string,
  names: readonly RunFile[],
  timeoutMs: number,
): Promise<RunFile | undefined> {
  const folder = runFolder(paths, run)
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const changed = nextChange(folder, {atMostMs: Math.min(500, Math.max(0, deadline - performance.now()))})
    const found = await firstFile(folder, names)
    if (found === undefined && performance.now() < deadline) {
      await changed.happened
      continue
    }
    changed.stop()
    return found
  }
}

async function firstFile(folder: string, names: readonly RunFile[]): Promise<RunFile | undefined> {
  for (const name of names) if (await stampedFile(join(folder, name))) return name
  return undefined
}
