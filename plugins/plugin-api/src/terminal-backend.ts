import type {PluginHost} from './plugin-host.ts'
import type {TerminalState} from './terminal-state.ts'

/** Where a terminal is, in words only its backend understands. It is kept on the board, so it holds plain values. */
export type TerminalRef = Readonly<Record<string, string | number>>

/** What a terminal shows about itself, in passing: the Codex in it waits for an approval. A hint proves nothing, and its absence even less. */
export type TerminalHint = 'approval' | null

export interface OpenTerminal {
  /** One start of one session, `[a-z0-9-]{1,64}`. The same id twice opens one terminal. */
  id: string
  /** The project's key, `[a-z0-9-]{1,32}`: terminals of one project belong together. */
  project: string
  /** The session's name, `[a-z0-9-]{1,63}`. */
  session: string
  /** What a person reads on the window; any text. */
  title: string
  /** Absolute path of the shell script to run. */
  script: string
  /**
   * Absolute path of a shell script that suspends the whole team and returns at once, for a backend that can ask on Ctrl+C what the person
   * wants. What it prints is for the person.
   */
  suspend?: string
}

/** How a person gets to a terminal: a command that can be run here and now, or a sentence to read. */
export type WayBack = {command: string[]} | {hint: string}

export type Readiness = {ready: true; detail: string} | {ready: false; reason: string; remedy: string}

export interface TerminalBackend {
  readonly name: string
  readonly api: 1
  /** With `auto`, the ready backend with the highest rank wins; one below 0 is taken only by its name. */
  readonly autoRank: number
  check(): Promise<Readiness>
  /** Runs the session's script in a new terminal. */
  open(request: OpenTerminal): Promise<TerminalRef>
  /** One question for all of them, answered in order. */
  survey(refs: readonly TerminalRef[]): Promise<TerminalState[]>
  /** Ends the terminal and what runs in it. Closing one that is gone is success. */
  close(ref: TerminalRef): Promise<TerminalState>
  wayBack(ref: TerminalRef): WayBack
  /**
   * Present when the backend can tell what the terminal shows: plain text, lines in order, no escapes. Of one that is gone that is what it still
   * shows of its end, or an empty text: asking is no error. It rejects only where it cannot tell.
   */
  screen?(ref: TerminalRef): Promise<string>
  /**
   * Present when the backend can read the titles that programs set: one question for all of them, answered in order. Codex begins its title
   * with `[ ! ] Action Required |` while it waits; the sign between the brackets changes. Null for a terminal that is gone, or that cannot be asked.
   */
  hints?(refs: readonly TerminalRef[]): Promise<TerminalHint[]>
  /** Present when text can be typed into it; resolves when it has arrived and was submitted. */
  type?(ref: TerminalRef, text: string): Promise<void>
  /** Present when the backend can show all sessions of a project in one place. */
  readonly dashboard?: Dashboard
}

export interface DashboardView {
  project: string
  /** In the order shown; the first is the planner's. */
  windows: {ref: TerminalRef; title: string}[]
  /** One line: what needs the person. */
  status: string
}

export interface Dashboard {
  /** Makes the dashboard, or changes it to show exactly this. Showing the same twice changes nothing. */
  show(view: DashboardView): Promise<void>
  /** Undefined when the project has no dashboard. */
  wayBack(project: string): Promise<WayBack | undefined>
  /** Ends the dashboard; the terminals it showed go on. */
  close(project: string): Promise<void>
}

/**
 * The oclif hook `terminal-backend`. `hostFor` takes the plugin's name, which is its table in the host configuration and its state folder:
 * `export default (async ({hostFor}) => backend(hostFor('terminal-tmux'))) satisfies TerminalBackendHook`.
 */
export type TerminalBackendHook = (options: {hostFor: (plugin: string) => PluginHost}) => Promise<TerminalBackend>
