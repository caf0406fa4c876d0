import {accessSync, constants, existsSync, realpathSync, statSync} from 'node:fs'
import path from 'node:path'
import type {ProgramResult, RunOptions} from '@codex-planner/plugin-api'

import {PlannerError} from '../domain/errors.ts'

/** Runs a program without a shell. Any exit code is an answer. @throws PlannerError PROGRAM_MISSING, TIMEOUT */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  const {execa} = await import('execa')
  const {input = '', env, cwd, timeout = 10_000} = options
  const result = await execa(program, args, {
    input,
    timeout,
    ...(cwd === undefined ? {} : {cwd}),
    ...(env === undefined ? {} : {env, extendEnv: false}),
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 32 * 1024 * 1024,
    forceKillAfterDelay: 2000,
  })
  if (result.timedOut) {
    throw new PlannerError('TIMEOUT', `${path.basename(program)} did not answer within ${timeout / 1000} s.`)
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    throw new PlannerError('PROGRAM_MISSING', `${program} could not be started.`, ['codex-planner doctor'], {
      cause: result.cause,
    })
  }
  return {exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr}
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

export function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
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
