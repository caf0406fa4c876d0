import {spawn} from 'node:child_process'
import {accessSync, constants, statSync} from 'node:fs'
import path from 'node:path'

import type {PluginHost, ProgramResult, RunOptions} from '@codex-planner/plugin-api'

import {pluginSettings} from '../../src/domain/plugin-settings.ts'
import {startDetached} from '../../src/system/detached.ts'
import {processes} from '../../src/system/processes.ts'

/** A plugin's host for tests. */
export function testPluginHost({
  stateFolder,
  env = process.env,
  settings = {},
}: {
  stateFolder: string
  env?: NodeJS.ProcessEnv
  settings?: Readonly<Record<string, unknown>>
}): PluginHost {
  return {
    env,
    stateFolder,
    readSettings: schema =>
      pluginSettings({path: 'config.toml', content: {}, lineOf: () => 1}, 'test', settings, schema),
    findProgram: name =>
      (env['PATH'] ?? '')
        .split(path.delimiter)
        .filter(folder => path.isAbsolute(folder))
        .map(folder => path.join(folder, name))
        .find(isProgram),
    run: (program, args, options) => run(program, args, {env, ...options}),
    start: (program, args, {cwd = '/', ...options} = {}) =>
      startDetached([program, ...args], options.env ?? env, cwd, options.log),
    processes,
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ['ENOENT', 'EACCES', 'ENOTDIR'].includes(String(error.code))))
      throw error
    return false
  }
}

function run(
  program: string,
  args: readonly string[],
  {input, env, cwd, timeout = 10_000}: RunOptions,
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {env, cwd})
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${program} did not end within ${timeout} ms.`))
    }, timeout)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    // A program may end without reading its input.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || reject(error))
    child.stdin.end(input ?? '')
    child.on('error', error => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', code => {
      clearTimeout(timer)
      resolve({exitCode: code ?? undefined, stdout, stderr})
    })
  })
}
