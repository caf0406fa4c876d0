import type {PluginHost, Readiness} from '@codex-planner/plugin-api'

import {socketFault, socketPath} from './socket.ts'

const INSTALL = process.platform === 'darwin' ? 'brew install tmux' : 'sudo apt-get install -y tmux'

/** Changes nothing: it is asked by commands that only look. */
export async function readiness(host: PluginHost): Promise<Readiness> {
  const program = host.findProgram('tmux')
  if (program === undefined) return {ready: false, reason: 'tmux is not installed.', remedy: INSTALL}
  const {exitCode, stdout, stderr} = await host.run(program, ['-V'])
  if (exitCode !== 0) return {ready: false, reason: `${program} -V ends with: ${stderr.trim()}`, remedy: INSTALL}
  const version = stdout.trim()
  if (isTooOld(version)) {
    const need = 'It is 3.2 that can keep the window of a failed program and put a window before another.'
    return {ready: false, reason: `${version} is too old. ${need}`, remedy: INSTALL}
  }
  const socket = socketPath(host)
  const fault = await socketFault(socket)
  return fault ? {ready: false, ...fault} : {ready: true, detail: `${version}, on ${socket}`}
}

/** `tmux 3.3a`, `tmux next-3.6`, `tmux openbsd-7.5`. A version without a number is built from the newest source. */
export function isTooOld(version: string): boolean {
  const [, major, minor] = /^tmux (?:next-)?(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined || minor === undefined) return false
  return Number(major) < 3 || (Number(major) === 3 && Number(minor) < 2)
}
