import path from 'node:path'

import type {
  Dashboard,
  OpenTerminal,
  PluginHost,
  TerminalBackend,
  TerminalRef,
  TerminalState,
} from '@codex-planner/plugin-api'

import {dashboard, type Seen} from './dashboard.ts'
import {hints} from './hints.ts'
import {ALL_PANES, fromPanes, look, nobodyListens, survey} from './look.ts'
import {commandLine, literal, oneLine} from './quoting.ts'
import {readiness, type Versions} from './readiness.ts'
import {screen} from './screen.ts'
import {requireKey, sessionName} from './session-name.ts'
import {privateSocket} from './socket.ts'
import {type Pane, paneOf} from './survey.ts'
import {type Command, runTmux} from './tmux.ts'
import {onLife, requireRef, type TmuxRef, tmuxRef} from './tmux-ref.ts'
import {type} from './typing.ts'
import {wayBack} from './way-back.ts'

const ATTEMPTS = 5
/** What its configuration puts off until there is a session. */
const MAY_END: Command = ['set-option', '-s', 'exit-empty', 'on']

export function tmuxBackend(host: PluginHost): TerminalBackend & {dashboard: Dashboard} {
  const versions: Versions = new Map()
  const seen: Seen = {}
  return {
    name: 'tmux',
    api: 1,
    autoRank: 10,
    check: () => readiness(host, versions),
    open: request => open(host, request, seen),
    survey: refs => survey(host, refs),
    close: ref => close(host, ref),
    wayBack(ref) {
      const {socket, name} = requireRef(ref)
      return wayBack(host, socket, name)
    },
    screen: ref => screen(host, ref),
    hints: refs => hints(host, refs, versions),
    type: (ref, text) => type(host, ref, text),
    dashboard: dashboard(host, seen),
  }
}

/**
 * Mostly a server runs and nothing is in the way. Where that is not so it looks before each attempt: the same start may be opening in another
 * process, and a server may end with its last session.
 */
async function open(host: PluginHost, request: OpenTerminal, seen: Seen): Promise<TmuxRef> {
  const name = sessionName(request.project, request.session)
  requireKey(request.id)
  if (!path.isAbsolute(request.script)) throw new RangeError(`${request.script} is not an absolute path.`)
  const socket = await privateSocket(host)
  let complaint = ''
  if (!(await nobodyListens(socket))) {
    const created = await create(host, socket, name, request, true).catch(noAnswer)
    if (created?.ref) {
      seen.panes = created.panes
      return created.ref
    }
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = await look(host, socket)
    if (answer.kind === 'silent') throw new Error(`tmux does not answer on ${socket}: ${answer.reason}`)
    const panes = answer.kind === 'panes' ? answer.panes : []
    const opened = openedFor(request, panes)
    if (opened) return refOf(opened, socket, name)
    await makeRoom(host, socket, panes, name)
    const created = await create(host, socket, name, request, panes.length > 0)
    if (created.ref) return created.ref
    complaint = created.complaint
  }
  throw new Error(`tmux opened no terminal for ${request.session}. It says: ${complaint}`)
}

/** Not within its time, or not at all: then a look says why. */
function noAnswer(): undefined {}

/** It may stand in a session that a person has renamed, and in a dashboard too. */
function openedFor({id}: OpenTerminal, panes: readonly Pane[]): Pane | undefined {
  return panes.filter(pane => pane.id === id).toSorted((a, b) => a.dashboard.length - b.dashboard.length)[0]
}

/** A window that stayed because its program failed makes room for the next start. One that lives does not. */
async function makeRoom(host: PluginHost, socket: string, panes: readonly Pane[], name: string): Promise<void> {
  const holders = panes.filter(({sessionName}) => sessionName === name)
  if (holders.some(({dead}) => !dead)) {
    throw new Error(`The tmux session ${name} still runs something else. Close it, then this session can start.`)
  }
  for (const holder of holders) await runTmux(host, socket, [onLife(holder, `kill-window -t ${holder.window}`)])
}

async function create(
  host: PluginHost,
  socket: string,
  name: string,
  request: OpenTerminal,
  hasServer: boolean,
): Promise<{ref: TmuxRef | undefined; panes: Pane[]; complaint: string}> {
  const {id, title, session, script, suspend} = request
  const format = '#{pid} #{start_time} #{session_id} #{window_id} #{pane_id}'
  const window = literal(oneLine(title) || session)
  const commands: Command[] = [
    // Two words and more, so that no shell takes the script's path apart.
    [
      'new-session',
      '-d',
      '-P',
      '-F',
      format,
      '-s',
      name,
      '-n',
      window,
      '-x',
      '200',
      '-y',
      '50',
      '--',
      '/bin/sh',
      script,
    ],
    ['set-option', '-p', '-t', `=${name}:`, '@codex_planner_id', id],
    ...(suspend === undefined ? [] : [['set-option', '-p', '-t', `=${name}:`, '@codex_planner_suspend', suspend]]),
    MAY_END,
    ALL_PANES,
  ]
  commandLine(commands)
  // First a command that says nothing: the one that starts the server stays in the list of processes as long as it runs.
  if (!hasServer) await runTmux(host, socket, [['start-server']])
  let isDone = false
  try {
    const {exitCode, stdout, stderr} = await runTmux(host, socket, commands, {cwd: path.dirname(script)})
    isDone = exitCode === 0
    const [told = '', ...lines] = stdout.split('\n')
    const ref = refFrom(told, socket, name)
    const answer = fromPanes(lines.join('\n'))
    const panes = answer.kind === 'panes' ? answer.panes : []
    const other =
      ref &&
      openedFor(
        request,
        panes.filter(({pane}) => pane !== ref.pane),
      )
    if (other) await runTmux(host, socket, [onLife(ref, `kill-window -t ${ref.window}`)])
    return {ref: other ? refOf(other, socket, name) : ref, panes, complaint: stderr.trim()}
  } finally {
    // One that was started, here or because the last one has just ended, must not stay without a session.
    if (!isDone) await runTmux(host, socket, [MAY_END])
  }
}

function refFrom(output: string, socket: string, name: string): TmuxRef | undefined {
  const [pid, start, session, window, pane] = output.trim().split(' ')
  return tmuxRef({
    socket,
    name,
    server_pid: Number(pid),
    server_start: Number(start),
    session: session ?? '',
    window: window ?? '',
    pane: pane ?? '',
  })
}

function refOf({session, window, pane, server_pid, server_start}: Pane, socket: string, name: string): TmuxRef {
  return {socket, name, server_pid, server_start, session, window, pane}
}

/** By the window: a session that is closed lives on where its window is shown too. */
async function close(host: PluginHost, ref: TerminalRef): Promise<TerminalState> {
  const known = requireRef(ref)
  const answer = await look(host, known.socket)
  const pane = answer.kind === 'panes' && paneOf(known, answer.panes)
  if (pane) {
    // A person may have moved the terminal into a window with others.
    const kill = pane.window === known.window ? `kill-window -t ${pane.window}` : `kill-pane -t ${pane.pane}`
    await runTmux(host, known.socket, [onLife(known, kill)])
  }
  const [state] = await survey(host, [ref])
  return state ?? 'unknown'
}
