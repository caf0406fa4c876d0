import type {PluginHost, Readiness} from '@codex-planner/plugin-api'

import {socketFault, socketPath} from './socket.ts'

const INSTALL = process.platform === 'darwin' ? 'brew install tmux' : 'sudo apt-get install -y tmux'

/** Program to version, of those that are new enough. One start asks several times. */
export type Versions = Map<string, string>

/** Changes nothing: it is asked by commands that only look. */
export async function readiness(host: PluginHost, versions: Versions): Promise<Readiness> {
  const program = host.findProgram('tmux')
  if (program === undefined) return {ready: false, reason: 'tmux is not installed.', remedy: INSTALL}
  const fault = versions.has(program) ? undefined : await versionFault(host, program, versions)
  if (fault !== undefined) return {ready: false, reason: fault, remedy: INSTALL}
  const socket = socketPath(host)
  const forbidden = await socketFault(socket)
  return forbidden ? {ready: false, ...forbidden} : {ready: true, detail: `${versions.get(program)}, on ${socket}`}
}

async function versionFault(host: PluginHost, program: string, versions: Versions): Promise<string | undefined> {
  const {exitCode, stdout, stderr} = await host.run(program, ['-V'])
  if (exitCode !== 0) return `${program} -V ends with: ${stderr.trim()}`
  const version = stdout.trim()
  if (isTooOld(version)) {
    const need = 'It is 3.2 that can keep the window of a failed program and put a window before another.'
    return `${version} is too old. ${need}`
  }
  versions.set(program, version)
  return undefined
}

/** A server is of the version that the program had when it was started. */
export function noteVersion(host: PluginHost, version: string, versions: Versions): void {
  const program = host.findProgram('tmux')
  if (program !== undefined && !versions.has(program) && !isTooOld(version)) versions.set(program, version)
}

/** `tmux 3.3a`, `tmux next-3.6`, `tmux openbsd-7.5`. A version without a number is built from the newest source. */
export function isTooOld(version: string): boolean {
  const [, major, minor] = /^tmux (?:next-)?(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined || minor === undefined) return false
  return Number(major) < 3 || (Number(major) === 3 && Number(minor) < 2)
}
