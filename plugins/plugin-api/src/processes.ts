import type {TerminalState} from './terminal-state.ts'

/** One process, told apart from any other that ever had its number. Plain values, so it can be a part of a `TerminalRef`. */
export type ProcessIdentity = {
  pid: number
  /** Clock ticks since boot at which it started. */
  started: number
  boot: string
  /** The pid namespace its number belongs to. */
  pidns: string
}

/** What a plugin may ask about processes, and how it ends those that it started. All of it is safe with a record that is old or not ours. */
export interface Processes {
  /** Undefined when there is no such process, or nothing that tells it from another. */
  identify(pid: number): Promise<ProcessIdentity | undefined>
  /**
   * One look for all of them, answered in order. `gone` is proven: the number is free or another's, what has it is a zombie, or the machine has
   * started anew. Another pid namespace, or a process that one may not look at, proves nothing: `unknown`.
   */
  statesOf(identities: readonly ProcessIdentity[]): Promise<TerminalState[]>
  /** A session leader and everything that is still in its session, whatever group it moved to; nothing unless the leader is `open`. */
  membersOf(leader: ProcessIdentity): Promise<ProcessIdentity[]>
  /**
   * Ends a process and everything in its session, by force after five seconds. `gone` when all of it has ended; nothing is signalled that is not
   * proven to be part of it.
   */
  end(leader: ProcessIdentity): Promise<TerminalState>
}
