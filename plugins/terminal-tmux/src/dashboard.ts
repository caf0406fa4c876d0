import type {Dashboard, DashboardView, PluginHost} from '@codex-planner/plugin-api'

import {planDashboard, type ShownWindow} from './dashboard-plan.ts'
import {ALL_PANES, fromPanes, look} from './look.ts'
import {literal, oneLine, statusLiteral} from './quoting.ts'
import {sessionName} from './session-name.ts'
import {privateSocket, socketPath} from './socket.ts'
import {type Answer, type Pane, paneOf} from './survey.ts'
import {askTmux, type Command, runTmux} from './tmux.ts'
import {onLife, tmuxRef} from './tmux-ref.ts'
import {wayBack} from './way-back.ts'

const ATTEMPTS = 8
/** The first window of a new session has to run something. No request has this id. */
const PLACEHOLDER = '.placeholder'

/** What stood on the server when a terminal was opened, of which a dashboard is made next. */
export interface Seen {
  panes?: Pane[]
}

/** A session of its own that shows the sessions' windows beside each other. Nothing here ends a window that runs anything of theirs. */
export function dashboard(host: PluginHost, seen: Seen): Dashboard {
  return {
    show: view => {
      const {panes} = seen
      delete seen.panes
      return show(host, view, panes)
    },
    async wayBack(project) {
      const socket = socketPath(host)
      const found = ours(await panesOf(host, socket), project)
      return found.length > 0 ? wayBack(host, socket, sessionName(project)) : undefined
    },
    async close(project) {
      const socket = socketPath(host)
      const commands = closing(await panesOf(host, socket), project)
      if (commands.length > 0) await askTmux(host, socket, commands)
    },
  }
}

/**
 * Looks, does what is missing, and looks again: windows end, and other processes show the same, in between. What was `seen` a while ago does for
 * the first look.
 */
async function show(host: PluginHost, view: DashboardView, seen: Pane[] | undefined): Promise<void> {
  const socket = await privateSocket(host)
  let complaint = ''
  let done: {panes: Pane[]; titled: string} | undefined = seen && {panes: seen, titled: ''}
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const panes = done?.panes ?? (await panesOf(host, socket))
    const windows = livingWindows(panes, view)
    const wanted = [...windows.keys()]
    const missing = windows.size === 0 ? closing(panes, view.project) : steps(panes, view.project, wanted)
    const isShown = missing.length === 0 && panes !== seen
    if (isShown && (windows.size === 0 || done?.titled === wanted.join())) return
    const titles = windows.size === 0 ? [] : texts(view, windows)
    const commands = [...missing, ...titles, ...(isShown ? [] : [ALL_PANES])]
    const {exitCode, stdout, stderr} = await runTmux(host, socket, commands)
    if (exitCode === 0 && isShown) return
    done = exitCode === 0 ? {panes: panesIn(fromPanes(stdout), socket), titled: wanted.join()} : undefined
    complaint = stderr.trim()
  }
  throw new Error(`The dashboard of ${view.project} does not come to show what it should. tmux says: ${complaint}`)
}

/** Window to title, in order, of those that are on this server still. */
function livingWindows(panes: readonly Pane[], view: DashboardView): Map<string, string> {
  const living = view.windows.flatMap(({ref, title}) => {
    const known = tmuxRef(ref)
    const pane = known && paneOf(known, panes)
    return pane ? [[pane.window, title] as const] : []
  })
  return new Map(living)
}

function steps(panes: readonly Pane[], project: string, wanted: readonly string[]): Command[] {
  const name = sessionName(project)
  const shown = ours(panes, project)
  if (shown.length === 0) return newDashboard(name, project)
  const {takeOut, putIn, takeOutLast} = planDashboard(shownWindows(panes, shown), wanted)
  return [
    ...takeOut.map(index => ['unlink-window', '-t', `=${name}:${index}`]),
    ...putIn.map(({window, after}) => link(name, window, after)),
    ...takeOutLast.map(window => ['unlink-window', '-t', `=${name}:${window}`]),
    ...placeholders(shown).flatMap(kill => [['select-window', '-t', `=${name}:${wanted[0]}`], kill]),
  ]
}

function newDashboard(name: string, project: string): Command[] {
  return [
    ['new-session', '-d', '-s', name, '-x', '200', '-y', '50', '--', '/bin/sh', '-c', 'exec cat'],
    ['set-option', '-p', '-t', `=${name}:`, '@codex_planner_id', PLACEHOLDER],
    ['set-option', '-t', `=${name}:`, '@codex_planner_dashboard', project],
  ]
}

/** Unless it is there by then: a window can be shown twice, and others who show the same have looked when we did. */
function link(name: string, window: string, after: string | undefined): Command {
  const place = after === undefined ? `-b -t =${name}:^` : `-a -t =${name}:${after}`
  const isMissing = `#{?#{m:* ${window} *, #{W:#{window_id} }},,1}`
  return ['if-shell', '-F', '-t', `=${name}:`, isMissing, `link-window -d -s ${window} ${place}`]
}

function closing(panes: readonly Pane[], project: string): Command[] {
  const shown = ours(panes, project)
  const name = sessionName(project)
  const takenOut = shownWindows(panes, shown).filter(({elsewhere}) => elsewhere)
  return [...placeholders(shown), ...takenOut.map(({index}) => ['unlink-window', '-t', `=${name}:${index}`])]
}

function placeholders(shown: readonly Pane[]): Command[] {
  return shown.filter(({id}) => id === PLACEHOLDER).map(pane => onLife(pane, `kill-window -t ${pane.window}`))
}

function shownWindows(panes: readonly Pane[], shown: readonly Pane[]): ShownWindow[] {
  const windows = new Map(shown.filter(({id}) => id !== PLACEHOLDER).map(pane => [pane.index, pane]))
  return [...windows.values()].map(({index, window, session}) => ({
    index,
    window,
    elsewhere: panes.some(pane => pane.window === window && pane.session !== session),
  }))
}

function ours(panes: readonly Pane[], project: string): Pane[] {
  const name = sessionName(project)
  const found = panes.filter(({sessionName}) => sessionName === name)
  if (found.some(({dashboard}) => dashboard !== project)) {
    throw new Error(`The tmux session ${name} is not a dashboard. Rename it, and the dashboard can be shown.`)
  }
  return found
}

function texts(view: DashboardView, windows: ReadonlyMap<string, string>): Command[] {
  const status = statusLiteral(oneLine(view.status, 200))
  return [
    ['set-option', '-t', `=${sessionName(view.project)}:`, '--', 'status-right', ` ${status} `],
    ...[...windows].map(([window, title]) => ['rename-window', '-t', window, '--', literal(oneLine(title, 60))]),
  ]
}

async function panesOf(host: PluginHost, socket: string): Promise<Pane[]> {
  return panesIn(await look(host, socket), socket)
}

function panesIn(answer: Answer, socket: string): Pane[] {
  if (answer.kind === 'silent') throw new Error(`tmux does not answer on ${socket}: ${answer.reason}`)
  return answer.kind === 'panes' ? answer.panes : []
}
