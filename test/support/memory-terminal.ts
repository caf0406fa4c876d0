import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {stripVTControlCharacters} from 'node:util'

import type {
  Dashboard,
  DashboardView,
  OpenTerminal,
  TerminalBackend,
  TerminalHint,
  TerminalRef,
} from '@codex-planner/plugin-api'

export interface MemoryTerminal extends TerminalBackend {
  screen(ref: TerminalRef): Promise<string>
  hints(refs: readonly TerminalRef[]): Promise<TerminalHint[]>
  type(ref: TerminalRef, text: string): Promise<void>
  dashboard: Dashboard & {
    /** What it shows now. */
    view(project: string): DashboardView | undefined
  }
  /** How often a script was started, over all sessions. */
  starts(): readonly OpenTerminal[]
  closeAll(): Promise<void>
}

interface Running {
  request: OpenTerminal
  child: ChildProcess
  output: string
  ended: boolean
}

/** A backend without terminals: scripts run for real, each in a process group of its own, with pipes where a terminal would be. */
export function memoryTerminal(): MemoryTerminal {
  const terminals = new Map<string, Running>()
  const views = new Map<string, DashboardView>()
  const life = `${process.pid}-${performance.now()}`

  const find = (ref: TerminalRef) => (ref['life'] === life ? terminals.get(String(ref['id'])) : undefined)

  function require(ref: TerminalRef): Running {
    const running = find(ref)
    if (!running || running.ended) throw new Error('This terminal is gone.')
    return running
  }

  async function open(request: OpenTerminal): Promise<TerminalRef> {
    if (!terminals.has(request.id)) {
      const running = start(request)
      terminals.set(request.id, running)
      await once(running.child, 'spawn')
    }
    return {life, id: request.id}
  }

  async function close(ref: TerminalRef) {
    const running = find(ref)
    if (running) await end(running)
    return 'gone' as const
  }

  return {
    name: 'memory',
    api: 1,
    autoRank: 0,
    check: async () => ({ready: true, detail: 'scripts run in the background'}),
    open,
    survey: async refs => refs.map(ref => (find(ref)?.ended === false ? 'open' : 'gone')),
    close,
    wayBack: () => ({hint: 'There is no window to go to.'}),
    screen: async ref => (find(ref)?.ended === false ? screenText(require(ref).output) : ''),
    hints: async refs => refs.map(ref => hintOf(find(ref))),
    async type(ref, text) {
      const line = text.replaceAll(/(?![\n\t])\p{Cc}/gu, '')
      require(ref).child.stdin?.write(`${line}\n`)
    },
    dashboard: {
      async show(view) {
        views.set(view.project, view)
      },
      wayBack: async project => (views.has(project) ? {hint: 'There is no dashboard to look at.'} : undefined),
      async close(project) {
        views.delete(project)
      },
      view: project => views.get(project),
    },
    starts: () => [...terminals.values()].map(({request}) => request),
    async closeAll() {
      await Promise.all([...terminals.values()].map(end))
      terminals.clear()
    },
  }
}

function start(request: OpenTerminal): Running {
  const {HOME, PATH, LANG} = process.env
  const options = {cwd: path.dirname(request.script), env: {HOME, PATH, LANG}, detached: true} as const
  const child = spawn('/bin/sh', [request.script], {...options, stdio: 'pipe'})
  const running: Running = {request, child, output: '', ended: false}
  const keep = (text: string) => (running.output += text)
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  // What is typed into a script that reads no more is lost, as in a terminal.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  child.on('exit', () => {
    running.ended = true
  })
  return running
}

/** From the newest title that a program has set. */
function hintOf(running: Running | undefined): TerminalHint {
  if (!running || running.ended) return null
  const title = running.output.split('\u001B]2;').slice(1).at(-1) ?? ''
  return /^\[ \S \] Action Required \|/u.test(title) ? 'approval' : null
}

function screenText(output: string): string {
  return stripVTControlCharacters(output)
    .replaceAll(/(?!\n)\p{Cc}/gu, '')
    .trimEnd()
}

/** A hang-up to all that runs in it, as when a window is closed; what does not heed it is killed. */
async function end(running: Running): Promise<void> {
  for (const [signal, patience] of [
    ['SIGHUP', 2000],
    ['SIGKILL', 10_000],
  ] as const) {
    if (running.ended) return
    const exit = once(running.child, 'exit')
    signalGroup(running.child, signal)
    await Promise.race([exit, setTimeout(patience, undefined, {ref: false})])
  }
}

function signalGroup({pid}: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
