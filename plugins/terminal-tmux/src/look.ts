import {connect} from 'node:net'

import type {PluginHost, TerminalRef, TerminalState} from '@codex-planner/plugin-api'

import {errorCode} from './error-code.ts'
import {type Answer, PANE_FORMAT, parsePanes, stateOf} from './survey.ts'
import {type Command, runTmux} from './tmux.ts'
import {tmuxRef} from './tmux-ref.ts'

/** A server may start or end between two questions; what is the same three times is not that. */
const QUESTIONS = 3

/** What `fromPanes` reads the output of. */
export const ALL_PANES: Command = ['list-panes', '-a', '-F', PANE_FORMAT]

/** Everything on the server behind a socket, in one call. */
export async function look(host: PluginHost, socket: string): Promise<Answer> {
  try {
    let complaint = ''
    for (let question = 0; question < QUESTIONS; question++) {
      const {exitCode, stdout, stderr} = await runTmux(host, socket, [ALL_PANES])
      if (exitCode === 0) return fromPanes(stdout)
      if (await nobodyListens(socket)) return {kind: 'no server'}
      if (await hasNoSession(host, socket)) return {kind: 'panes', panes: []}
      complaint = stderr.trim()
    }
    return {kind: 'silent', reason: complaint}
  } catch (error) {
    return {kind: 'silent', reason: error instanceof Error ? error.message : String(error)}
  }
}

export function fromPanes(output: string): Answer {
  const panes = parsePanes(output)
  const unreaped = panes?.find(pane => pane.unreaped)
  if (unreaped) remindOfChildren(unreaped.server_pid)
  return panes ? {kind: 'panes', panes} : {kind: 'silent', reason: 'its answer is not in the form asked for'}
}

/**
 * tmux 3.3a with libutempter ignores the signals of its children for a moment when a terminal closes, which is when its program ends.
 * Until the next such signal the window of a program that ended well stands there as if it had failed.
 */
function remindOfChildren(server: number): void {
  try {
    process.kill(server, 'SIGCHLD')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Then list-panes fails for want of a target. */
async function hasNoSession(host: PluginHost, socket: string): Promise<boolean> {
  const {exitCode, stdout} = await runTmux(host, socket, [['list-sessions']])
  return exitCode === 0 && stdout === ''
}

/** Asked of the system, whose error codes mean one thing, not read from what tmux prints. */
export function nobodyListens(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket)
      .on('connect', () => {
        connection.destroy()
        resolve(false)
      })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' || error.code === 'ECONNREFUSED'))
  })
}

export async function survey(host: PluginHost, refs: readonly TerminalRef[]): Promise<TerminalState[]> {
  const sockets = [...new Set(refs.map(ref => tmuxRef(ref)?.socket).filter(socket => socket !== undefined))]
  const answers = new Map(
    await Promise.all(
      sockets.map(async socket => {
        const answer = await look(host, socket)
        return [socket, {answer, lingering: await lingering(host, socket, answer, refs)}] as const
      }),
    ),
  )
  return refs.map(ref => {
    const asked = answers.get(tmuxRef(ref)?.socket ?? '')
    return asked ? stateOf(ref, asked.answer, asked.lingering) : 'unknown'
  })
}

async function lingering(
  host: PluginHost,
  socket: string,
  answer: Answer,
  refs: readonly TerminalRef[],
): Promise<Set<number>> {
  if (answer.kind === 'silent') return new Set()
  const answering = answer.kind === 'panes' ? answer.panes[0]?.server_pid : undefined
  const recorded = new Set(refs.map(tmuxRef).flatMap(ref => (ref?.socket === socket ? [ref.server_pid] : [])))
  const others = [...recorded].filter(pid => pid !== answering)
  const running = await Promise.all(others.map(pid => runsOn(host, pid, socket)))
  return new Set(others.filter((_, index) => running[index]))
}

/** Whether a process is a server of this socket; a recycled pid is not. Where nobody can tell it counts as one. */
async function runsOn(host: PluginHost, pid: number, socket: string): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  const ps = host.findProgram('ps')
  if (ps === undefined) return true
  const answer = await host.run(ps, ['-ww', '-o', 'args=', '-p', String(pid)]).catch(noAnswer)
  return !answer || answer.stdout.includes(plainEnd(socket))
}

/** Not within its time, or not at all: then nothing is known. */
function noAnswer(): undefined {}

/** What ps prints as it is in every locale. */
function plainEnd(text: string): string {
  return /[ -~]*$/.exec(text)?.[0] ?? text
}
