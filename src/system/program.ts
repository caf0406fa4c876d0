import {accessSync, constants, existsSync, realpathSync, statSync} from 'node:fs'
import path from 'node:path'
import type {Readable} from 'node:stream'
import type {ProgramResult, RunOptions} from '@codex-planner/plugin-api'

import {PlannerError} from '../domain/errors.ts'
import {isNodeError} from './node-error.ts'
import {endTree} from './process-group.ts'

/** From the request to end until what still runs is killed. */
const GRACE_MS = 2000

/** Runs a program without a shell. Any exit code is an answer. @throws PlannerError PROGRAM_MISSING, TIMEOUT */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  const {execa} = await import('execa')
  const {input, env, cwd, timeout = 10_000} = options
  const running = execa(program, args, {
    ...(input === undefined ? {stdin: 'ignore'} : {input}),
    ...(cwd === undefined ? {} : {cwd}),
    ...(env === undefined ? {} : {env, extendEnv: false}),
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 32 * 1024 * 1024,
    forceKillAfterDelay: GRACE_MS,
  })
  let late: Promise<void> | undefined
  const deadline = setTimeout(() => {
    late = giveUp(running)
  }, timeout)
  const result = await running
  clearTimeout(deadline)
  if (late) {
    await late
    throw new PlannerError('TIMEOUT', `${path.basename(program)} did not answer within ${timeout / 1000} s.`)
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new PlannerError('PROGRAM_MISSING', `${program} could not be started.`, ['codex-planner doctor'], {
      cause: result.cause,
    })
  }
  return {exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr}
}

/** What the program started keeps its output open, so that waiting for the program alone would never end. */
async function giveUp({kill, pid, stdout, stderr}: GivenUp): Promise<void> {
  // First, for nobody finds the children of a parent that is gone.
  const ended = pid === undefined ? undefined : endTree(pid, {group: false}, GRACE_MS)
  kill()
  await ended
  stdout?.destroy()
  stderr?.destroy()
}

interface GivenUp {
  kill: () => unknown
  pid?: number | undefined
  stdout: Readable | null
  stderr: Readable | null
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch (error) {
    if (isNodeError(error)) return false
    throw error
  }
}

/** The nearest folder at or above this one that holds `.git`: a repository must not choose which program runs. */
export function repositoryAround(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at
    if (at === path.dirname(at)) return undefined
  }
}

/**
 * The absolute path of a program: `wanted` itself when it is a path, else the first on PATH. Relative entries of PATH and programs
 * inside the repository are passed over.
 */
export function findProgram(
  wanted: string,
  env: NodeJS.ProcessEnv,
  repository: string | undefined,
): string | undefined {
  const candidates = wanted.includes('/')
    ? [path.resolve(wanted)]
    : (env.PATH ?? '')
        .split(path.delimiter)
        .filter(folder => path.isAbsolute(folder))
        .map(folder => path.join(folder, wanted))
  // A link inside the repository is its choice too, wherever it leads.
  return candidates.find(
    file => isProgram(file) && !isInside(file, repository) && !isInside(path.dirname(file), repository),
  )
}

/** By whole names of folders, links resolved. */
export function isInside(file: string, folder: string | undefined): boolean {
  if (folder === undefined) return false
  const relative = path.relative(realpathSync(folder), realpathSync(file))
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative))
}
