import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {desktopBackend} from '../src/desktop-backend.ts'
import {desktopRef} from '../src/desktop-ref.ts'

const IDENTITY = {pid: 70, started: 1000, boot: 'b-1', pidns: 'pid:[1]'}
const host = testPluginHost({stateFolder: '/nowhere'})

/** A window that was never opened, on the process of this number. */
async function aRef(pid: number) {
  const identity = await host.processes.identify(pid)
  assert.ok(identity)
  return {...identity, emulator: 'xterm', display: ':0', title: 'me'}
}

describe('the process on record', () => {
  it('is what a window is asked about: this one runs, and its number with another start or boot does not', async () => {
    const ref = await aRef(process.pid)
    const others = [{...ref, started: ref.started + 1}, {}, {...ref, boot: 'other'}, {...ref, pidns: 'other'}]
    assert.deepEqual(await desktopBackend(host).survey([ref, ...others, ref]), [
      'open',
      'gone',
      'unknown',
      'gone',
      'unknown',
      'open',
    ])
  })

  it('is the only one that closing leads to', async () => {
    const ref = await aRef(process.pid)
    const backend = desktopBackend(host)
    assert.equal(await backend.close({...ref, started: ref.started + 1}), 'gone')
    assert.equal(await backend.close({pid: process.pid}), 'unknown')
  })

  it('is ended also when it leads no session', async () => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 1000'], {stdio: 'ignore'})
    const ended = once(child, 'exit')
    assert.equal(await desktopBackend(host).close(await aRef(Number(child.pid))), 'gone')
    await ended
    assert.equal(child.signalCode, 'SIGTERM')
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
