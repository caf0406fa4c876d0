import assert from 'node:assert/strict'

import type {OpenTerminal, TerminalRef} from '../terminal-backend.ts'
import {type Bench, canary, LASTING} from './bench.ts'
import {becomes} from './expectations.ts'
import {nasty} from './nasty.ts'

export async function isReady({backend}: Bench): Promise<void> {
  const readiness = await backend.check()
  assert.equal(readiness.ready, true, readiness.ready ? '' : readiness.reason)
  assert.notEqual(readiness.detail, '')
}

export async function runsTheScript(bench: Bench): Promise<void> {
  const script = await bench.script(LASTING)
  const ref = await bench.open(script)
  await script.wrote('started')
  assert.deepEqual(await bench.backend.survey([ref]), ['open'])
  assert.deepEqual(JSON.parse(JSON.stringify(ref)), ref, 'a record of plain values')
}

export async function keepsThePath(bench: Bench): Promise<void> {
  const {file, wasMade} = canary()
  for (const folder of nasty(file)) {
    const script = await bench.script('printf %s "$0" >path.new; mv path.new path', folder)
    await bench.open(script)
    assert.equal(await script.wrote('path'), script.path)
  }
  assert.equal(await wasMade(), false, 'a part of a path was run')
}

/** A backend that cannot pass such a path on says so, and opens nothing. */
export async function keepsOrRefusesThePath(bench: Bench): Promise<void> {
  for (const folder of ['two\nlines', 'a\ttab', '\u001B]0;x\u0007', '\r']) {
    const script = await bench.script('printf %s "$0" >path.new; mv path.new path', folder)
    const refusal = await bench.open(script).then(() => undefined, String)
    if (refusal === undefined) assert.equal(await script.wrote('path'), script.path)
    else assert.match(refusal, /\S/)
  }
}

export async function takesAnyTitle(bench: Bench): Promise<void> {
  const {file, wasMade} = canary()
  for (const title of [...nasty(file), '', 'two\nlines', '\u001B]0;x\u0007\0', '\uD800', 'long '.repeat(5000)]) {
    const script = await bench.script(LASTING)
    await bench.open(script, {title})
    await script.wrote('started')
    await bench.closeTerminals()
  }
  assert.equal(await wasMade(), false, 'a part of a title was run')
}

/** Each start writes a line; when a later terminal has started, so has every earlier one. */
async function startsOf(bench: Bench, ask: (request: OpenTerminal) => Promise<TerminalRef[]>): Promise<void> {
  const script = await bench.script(`echo start >>starts; ${LASTING}`)
  const request = bench.request(script)
  const [first, ...others] = await ask(request)
  assert.ok(first)
  for (const other of others) assert.deepEqual(other, first)
  await script.wrote('started')
  const later = await bench.script(LASTING)
  await bench.open(later)
  await later.wrote('started')
  assert.equal(await script.wrote('starts'), 'start\n')
  await bench.backend.close(first)
}

export function opensOnce(bench: Bench): Promise<void> {
  return startsOf(bench, async request => [await bench.backend.open(request), await bench.backend.open(request)])
}

export function opensOnceAtOnce(bench: Bench): Promise<void> {
  return startsOf(bench, request => Promise.all(Array.from({length: 8}, () => bench.backend.open(request))))
}

export async function opensAnew(bench: Bench): Promise<void> {
  for (const [index, end] of ['exit 0', 'exit 3', 'kill -KILL $$'].entries()) {
    const session = `again-${index}`
    const ended = await bench.open(await bench.script(end), {session})
    await becomes(bench, ended, 'gone')
    const script = await bench.script(LASTING)
    const ref = await bench.open(script, {session})
    await script.wrote('started')
    assert.deepEqual(await bench.backend.survey([ended, ref]), ['gone', 'open'])
  }
}

export async function keepsApart(bench: Bench): Promise<void> {
  const script = await bench.script(LASTING)
  const same = await bench.open(script, {session: 'worker-1'})
  const longer = await bench.open(script, {session: 'worker-10'})
  const namesake = await bench.open(script, {session: 'worker-1', project: 'other'})
  await bench.backend.close(same)
  await becomes(bench, same, 'gone')
  assert.deepEqual(await bench.backend.survey([longer, namesake]), ['open', 'open'])
}
