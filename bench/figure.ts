import type {Installed} from './installed.ts'
import type {Peers} from './peers.ts'

/** All rows of a figure have the same keys, which are the titles of its columns; `-` where there is nothing to tell. */
export type Row = Record<string, string | number>

/** One thing that was measured. */
export interface Figure {
  name: string
  /** A sentence without its full stop, with what was done and for how long. */
  title: string
  settings: Record<string, number>
  rows: Row[]
  /** Whole sentences. */
  notes: string[]
  /** A picture of the rows. */
  plot?: string
}

export interface BenchOptions {
  /** All of it, and not the short form. */
  isFull: boolean
  /** In place of the number that the form has. */
  rounds: number | undefined
  /** One for all figures, made when the first of them asks. */
  installed: () => Promise<Installed>
  /** The same for the programs it is compared with. */
  peers: () => Promise<Peers>
  /** For what is under way; it belongs on standard error. */
  say: (line: string) => void
}
