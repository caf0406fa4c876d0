import assert from 'node:assert/strict'

import {type Bench, LASTING} from './bench.ts'
import {becomes, runs} from './expectations.ts'

export async function answersInOrder(bench: Bench): Promise<void> {
  const script = await bench.script(LASTING)
  const [a, b, c] = [await bench.open(script), await bench.open(script), await bench.open(script)]
  await bench.backend.close(b)
  await becomes(bench, b, 'gone')
  assert.deepEqual(await bench.backend.survey([c, b, a, b]), ['open', 'gone', 'open', 'gone'])
  assert.deepEqual(await bench.backend.survey([]), [])
}

/** As many as a large team has, and each of them asked about. */
export async function answersForMany(bench: Bench): Promise<void> {
  const script = await bench.script(LASTING)
  const [open, gone] = [await bench.open(script), await bench.open(script)]
  await bench.backend.close(gone)
  await becomes(bench, gone, 'gone')
  const refs = Array.from({length: 50}, (_, index) => (index % 7 === 6 ? gone : open))
  assert.deepEqual(
    await bench.backend.survey(refs),
    refs.map(ref => (ref === gone ? 'gone' : 'open')),
  )
}

export async function seesTheEnd(bench: Bench): Promise<void> {
  for (const end of ['exit 0', 'exit 3', 'kill -TERM $$']) {
    const script = await bench.script(`echo $$ >started; while [ ! -e go ]; do sleep 0.1; done; ${end}`)
    const ref = await bench.open(script)
    await script.wrote('started')
    assert.deepEqual(await bench.backend.survey([ref]), ['open'])
    await script.put('go')
    await becomes(bench, ref, 'gone')
  }
}

export async function knowsNoStranger(bench: Bench): Promise<void> {
  const other = await bench.another()
  const script = await bench.script(LASTING)
  const ref = await other.backend.open(bench.request(script))
  await script.wrote('started')
  await other.cleanUp()
  await becomes(bench, ref, 'gone')
}

/** It may know all the same; what it does not know is unknown. */
export async function provesAnEnd(bench: Bench): Promise<void> {
  const other = await bench.another()
  try {
    const script = await bench.script(LASTING)
    const ref = await other.backend.open(bench.request(script))
    const pid = Number(await script.wrote('started'))
    await other.cutOff?.()
    assert.equal(runs(pid), true)
    const [state] = await other.backend.survey([ref])
    assert.ok(state === 'open' || state === 'unknown', `open or unknown, and not ${state}`)
  } finally {
    await other.cleanUp()
  }
}

export async function isNotFooled(bench: Bench): Promise<void> {
  const states = await bench.backend.survey([{}, {window: 'x', pid: 1}])
  assert.equal(states.length, 2)
  assert.equal(states.includes('open'), false)
}

export async function closes(bench: Bench): Promise<void> {
  const script = await bench.script(LASTING)
  const ref = await bench.open(script)
  const pid = Number(await script.wrote('started'))
  await bench.backend.close(ref)
  await bench.until('the script has ended', async () => !runs(pid))
  assert.equal(await bench.backend.close(ref), 'gone')
  assert.equal(await bench.backend.close(ref), 'gone')
}
