import assert from 'node:assert/strict'

import type {TerminalRef, WayBack} from '../terminal-backend.ts'
import type {TerminalState} from '../terminal-state.ts'
import {type Bench, errorCode} from './bench.ts'

export function becomes({backend, until}: Bench, ref: TerminalRef, state: TerminalState): Promise<void> {
  return until(`the terminal is ${state}`, async () => (await backend.survey([ref]))[0] === state)
}

export function isAWay(way: WayBack | undefined): void {
  assert.ok(way, 'there is a way back')
  if ('hint' in way) assert.notEqual(way.hint.trim(), '')
  else assert.ok(way.command.length > 0 && way.command.every(word => word !== ''), 'a command of words')
}

/** A process that ended but was not waited for still takes signals; the bench's own processes are always waited for. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
    return false
  }
}
