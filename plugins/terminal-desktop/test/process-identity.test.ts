import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'

import {desktopBackend} from '../src/desktop-backend.ts'
import {desktopRef} from '../src/desktop-ref.ts'
import {type Found, findProcess, identify, type Machine, parseStat, stateOf} from '../src/process-identity.ts'

const IDENTITY = {pid: 70, started: 1000, boot: 'b-1', pidns: 'pid:[1]'}
const HERE: Machine = {boot: 'b-1', pidns: 'pid:[1]'}
const RUNS: Found = {kind: 'runs', started: 1000, parent: 1, session: 70}

describe('the state of a window', () => {
  const STATES: [title: string, machine: Machine, found: Found, state: string][] = [
    ['is open while its process runs', HERE, RUNS, 'open'],
    ['is gone when no process has that number', HERE, {kind: 'absent'}, 'gone'],
    ['is gone when another process has that number by now (F-105)', HERE, {...RUNS, started: 2000}, 'gone'],
    ['is gone after the machine has started anew', {...HERE, boot: 'b-2'}, RUNS, 'gone'],
    ['is unknown in another pid namespace', {...HERE, pidns: 'pid:[2]'}, {kind: 'absent'}, 'unknown'],
    ['is unknown where the machine does not tell its boot', {...HERE, boot: null}, {kind: 'absent'}, 'unknown'],
    ['is unknown where the machine does not tell its namespace', {...HERE, pidns: null}, RUNS, 'unknown'],
    ['is unknown when one may not look', HERE, {kind: 'hidden'}, 'unknown'],
  ]
  for (const [title, machine, found, state] of STATES) {
    it(title, () => assert.equal(stateOf(IDENTITY, machine, found), state))
  }

  it('is asked of the machine: this process runs, and its number with another start or boot does not', async () => {
    const self = await identify(process.pid)
    assert.ok(self)
    const ref = {...self, emulator: 'xterm', display: ':0', title: 'me'}
    const backend = desktopBackend({} as never)
    assert.deepEqual(
      await backend.survey([
        ref,
        {...ref, started: ref.started + 1},
        {...ref, boot: 'other'},
        {...ref, pidns: 'other'},
        {},
      ]),
      ['open', 'gone', 'gone', 'unknown', 'unknown'],
    )
  })

  it('never leads to a signal for a process that is not the window’s', async () => {
    const self = await identify(process.pid)
    assert.ok(self)
    const ref = {...self, emulator: 'xterm', display: ':0', title: 'me'}
    const backend = desktopBackend({} as never)
    assert.equal(await backend.close({...ref, started: ref.started + 1}), 'gone')
    assert.equal(await backend.close({...ref, boot: 'other'}), 'gone')
    assert.equal(await backend.close({...ref, pidns: 'other'}), 'unknown')
    assert.equal(await backend.close({pid: process.pid}), 'unknown')
  })
})

describe('what is closed', () => {
  it('is gone only when the process on record is, also one that leads no session', async () => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 1000'], {stdio: 'ignore'})
    const ended = once(child, 'exit')
    const identity = await identify(Number(child.pid))
    assert.ok(identity)
    const backend = desktopBackend({} as never)
    assert.equal(await backend.close({...identity, emulator: 'xterm', display: ':0', title: 'child'}), 'gone')
    await ended
    assert.equal(child.signalCode, 'SIGTERM')
  })
})

describe('what /proc says of a process', () => {
  it('is read right whatever the process calls itself', () => {
    const fields = `S 1 70 71 ${Array.from({length: 15}, (_, index) => index).join(' ')} 4242 0 0`
    assert.deepEqual(parseStat(`70 (a) R 9 (b c) ${fields}`), {kind: 'runs', started: 4242, parent: 1, session: 71})
  })

  it('is that a zombie runs nothing any more', () => {
    assert.deepEqual(parseStat('70 (x) Z 1 70 70 0'), {kind: 'absent'})
  })

  it('is nothing where the answer is cut short', () => {
    assert.deepEqual(parseStat('70 (x) S 1 70'), {kind: 'hidden'})
  })

  it('is that a number nobody has is absent', async () => {
    assert.deepEqual(await findProcess(2 ** 22 + 1), {kind: 'absent'})
  })
})

describe('the record of a window', () => {
  const REF = {...IDENTITY, emulator: 'xterm', display: ':0', title: 'planner'}

  it('is read as it was written', () => assert.deepEqual(desktopRef(JSON.parse(JSON.stringify(REF))), REF))

  for (const [what, ref] of [
    ['nothing', {}],
    ['another backend’s record', {socket: '/x', pane: '%1', server_pid: 70, server_start: 1}],
    ['a pid in words', {...REF, pid: '70'}],
    ['the first process of the machine', {...REF, pid: 1}],
    ['a group of processes', {...REF, pid: -70}],
    ['half a number', {...REF, started: 0.5}],
    ['no boot', {...REF, boot: ''}],
    ['a missing namespace', {...REF, pidns: undefined}],
  ] as const) {
    it(`is not taken for one when it holds ${what}`, () => assert.equal(desktopRef(ref as never), undefined))
  }
})
