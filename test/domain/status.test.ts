import {expect} from 'chai'
import fc from 'fast-check'

import {
  lastMessage,
  type ProcessProbe,
  type ProcessValue,
  processFact,
  processState,
  type SessionEvidence,
  turnFact,
  turnRecord,
} from '../../src/domain/status.ts'
import {aWorker, NOW} from './examples.ts'

const EARLIER = '2026-01-31T11:00:00Z'
const identity = {pid: 42, started: 1000, boot: 'boot-1', pidns: 'pid:[1]'}
const here: ProcessProbe = {boot: 'boot-1', pidns: 'pid:[1]', found: {present: true, started: 1000}}
const absent = {present: false} as const

describe('whether a process runs', () => {
  const TABLE: [what: string, state: ProcessValue, identity: object, probe: Partial<ProcessProbe>][] = [
    ['the same number with the same start', 'alive', {}, {}],
    ['no such number', 'gone', {}, {found: absent}],
    ['the number of a zombie, which counts as absent (F-031)', 'gone', {}, {found: absent}],
    ['the number given to another process (F-105)', 'gone', {}, {found: {present: true, started: 1001}}],
    ['another boot, whatever has the number now (F-105)', 'gone', {}, {boot: 'boot-2'}],
    ['another boot, in another namespace', 'gone', {}, {boot: 'boot-2', pidns: 'pid:[2]', found: absent}],
    ['another namespace, where the number is free (I3)', 'unknown', {}, {pidns: 'pid:[2]', found: absent}],
    ['another namespace, where the number is taken (I3)', 'unknown', {}, {pidns: 'pid:[2]'}],
    ['a namespace that cannot be read now (I3)', 'unknown', {}, {pidns: null, found: absent}],
    ['a namespace that was not recorded (I3)', 'unknown', {pidns: null}, {found: absent}],
    ['namespaces that nobody knows (I3)', 'unknown', {pidns: null}, {pidns: null, found: absent}],
    ['a boot that was not recorded (I3)', 'unknown', {boot: null}, {found: absent}],
    ['a boot that cannot be read now (I3)', 'unknown', {}, {boot: null, found: absent}],
    ['a start that was not recorded (I3)', 'unknown', {started: null}, {}],
    ['a start that cannot be read now (I3)', 'unknown', {}, {found: {present: true, started: null}}],
    ['a start that was not recorded, of a number that is free', 'gone', {started: null}, {found: absent}],
  ]
  for (const [what, state, recorded, probe] of TABLE) {
    it(`is ${state} for ${what}`, () =>
      expect(processState({...identity, ...recorded}, {...here, ...probe})).to.equal(state))
  }

  it('is gone only with the boot known on both sides, and alive only when everything is (I3)', () => {
    const maybe = <Value>(...values: Value[]) => fc.constantFrom(null, ...values)
    const probes = fc.record({
      boot: maybe('a', 'b'),
      pidns: maybe('x', 'y'),
      found: fc.oneof(fc.constant(absent), fc.record({present: fc.constant(true as const), started: maybe(1, 2)})),
    })
    const identities = fc.record({
      pid: fc.constant(42),
      started: maybe(1, 2),
      boot: maybe('a', 'b'),
      pidns: maybe('x', 'y'),
    })
    fc.assert(
      fc.property(identities, probes, (identity, probe) => {
        const state = processState(identity, probe)
        const sameBoot = identity.boot !== null && identity.boot === probe.boot
        const sameSpace = sameBoot && identity.pidns !== null && identity.pidns === probe.pidns
        const otherBoot = identity.boot !== null && probe.boot !== null && !sameBoot
        if (state === 'gone') expect(otherBoot || sameSpace).to.equal(true)
        if (state === 'alive')
          expect({sameSpace, found: probe.found}).to.deep.equal({
            sameSpace: true,
            found: {present: true, started: identity.started},
          })
      }),
    )
  })
})

function someEvidence(fields: Partial<SessionEvidence> = {}): SessionEvidence {
  return {
    hello: identity,
    exit: undefined,
    script: 'unknown',
    foreign: false,
    rebooted: false,
    terminal: 'unknown',
    survivors: false,
    now: NOW,
    ...fields,
  }
}

describe("a session's process", () => {
  const TABLE: [what: string, value: ProcessValue, source: string, evidence: Partial<SessionEvidence>][] = [
    ['its exit record, whatever else', 'gone', 'exit record', {exit: {at: EARLIER}, script: 'alive', terminal: 'open'}],
    ['its exit record without a hello', 'gone', 'exit record', {exit: {at: EARLIER}, hello: undefined}],
    ['its script that runs', 'alive', 'process', {script: 'alive', terminal: 'open'}],
    ['its script that runs in a terminal nobody finds', 'alive', 'process', {script: 'alive', terminal: 'gone'}],
    [
      'its script that runs where the terminals do not answer',
      'alive',
      'process',
      {script: 'alive', terminal: 'unknown'},
    ],
    [
      'a script that runs for the repository this one was copied from (F-118)',
      'unknown',
      'it belongs to the repository that this one was copied from',
      {script: 'alive', foreign: true, terminal: 'open'},
    ],
    ['a machine that started anew', 'gone', 'boot', {script: 'gone', rebooted: true, terminal: 'unknown'}],
    ['script and terminal both gone', 'gone', 'process and terminal', {script: 'gone', terminal: 'gone'}],
    [
      'something that outlived its script and terminal (F-029, F-030)',
      'unknown',
      'a process that outlived its terminal',
      {script: 'gone', terminal: 'gone', survivors: true},
    ],
    [
      'a terminal without its script (I3)',
      'unknown',
      'terminal without its process',
      {script: 'gone', terminal: 'open'},
    ],
    [
      'its script gone where the terminals do not answer (I3)',
      'unknown',
      'terminal without its process',
      {script: 'gone', terminal: 'unknown'},
    ],
    ['a script nobody can ask about (I3)', 'unknown', 'process', {script: 'unknown', terminal: 'gone'}],
    [
      'a script nobody can ask about in an open terminal (I3)',
      'unknown',
      'process',
      {script: 'unknown', terminal: 'open'},
    ],
    ['no answers at all (I3)', 'unknown', 'process', {}],
    [
      'an open terminal that has not said hello (I3)',
      'unknown',
      'terminal without a hello',
      {hello: undefined, terminal: 'open'},
    ],
    [
      'terminals that do not answer, without a hello (I3)',
      'unknown',
      'no hello',
      {hello: undefined, terminal: 'unknown'},
    ],
    ['a terminal that is gone before any hello', 'gone', 'terminal', {hello: undefined, terminal: 'gone'}],
  ]
  for (const [what, value, source, evidence] of TABLE) {
    it(`is ${value} by ${what}`, () => {
      const at = evidence.exit ? EARLIER : NOW
      expect(processFact(aWorker(), someEvidence(evidence))).to.deep.equal({value, source, at})
    })
  }

  it('is gone when the board says how it ended, and nothing shows that it runs', () => {
    const ended = aWorker({status: 'closed', exit: {code: 0, at: EARLIER}})
    const gone = {value: 'gone', source: 'board', at: EARLIER}
    expect(processFact(ended, someEvidence({hello: undefined}))).to.deep.equal(gone)
    expect(processFact(ended, someEvidence({script: 'gone'}))).to.deep.equal(gone)
    expect(processFact(ended, someEvidence({script: 'unknown'}))).to.deep.equal(gone)
  })

  it('is alive when it runs on in a terminal that was left to it, whatever the board says', () => {
    const ended = aWorker({status: 'closed', exit: {code: null, at: EARLIER}})
    expect(processFact(ended, someEvidence({script: 'alive'})).value).to.equal('alive')
  })

  it('is unknown before it has a terminal, also when none is found (I3)', () => {
    const starting = aWorker({status: 'starting', terminal: null})
    expect(processFact(starting, someEvidence({hello: undefined, terminal: 'gone'})).value).to.equal('unknown')
  })
})

describe("a session's turn", () => {
  const working = {value: 'working', at: EARLIER} as const
  const idle = {value: 'idle', at: EARLIER} as const

  it('is over when the process is gone, whatever was recorded', () => {
    for (const record of [working, idle, null]) {
      expect(turnFact('gone', record)).to.deep.equal({value: 'idle', source: 'process', at: null})
    }
  })

  for (const process of ['alive', 'unknown'] as const) {
    it(`is what the conversation says last, with its age, when the process is ${process}`, () => {
      expect(turnFact(process, working)).to.deep.equal({value: 'working', source: 'conversation', at: EARLIER})
      expect(turnFact(process, idle)).to.deep.equal({value: 'idle', source: 'conversation', at: EARLIER})
    })

    it(`is unknown without a record, when the process is ${process} (I3)`, () => {
      expect(turnFact(process, null)).to.deep.equal({
        value: 'unknown',
        source: 'no record of the conversation',
        at: null,
      })
    })
  }
})

function event(type: string, payload: object = {}, timestamp: unknown = NOW): string {
  return JSON.stringify({timestamp, ordinal: 1, type: 'event_msg', payload: {type, ...payload}})
}

describe("a conversation's record", () => {
  const started = event('task_started', {}, EARLIER)
  const completed = event('task_complete', {last_agent_message: 'Done.'})
  const item = JSON.stringify({
    timestamp: NOW,
    type: 'response_item',
    payload: {type: 'message', text: '"event_msg" task_complete'},
  })

  const TABLE: [what: string, lines: string[], record: object | null][] = [
    ['works after its turn started', [started], {value: 'working', at: EARLIER}],
    ['is idle after its turn was completed', [started, completed], {value: 'idle', at: NOW}],
    ['is idle after its turn was interrupted', [started, event('turn_aborted')], {value: 'idle', at: NOW}],
    ['works again in its next turn', [completed, started], {value: 'working', at: EARLIER}],
    [
      'is read past events that are no turn',
      [started, event('token_count'), item, ''],
      {value: 'working', at: EARLIER},
    ],
    ['is read past a torn last line', [started, completed.slice(0, 80)], {value: 'working', at: EARLIER}],
    ['is read past a torn first line', [completed.slice(30), started], {value: 'working', at: EARLIER}],
    ['says nothing when it is empty', [], null],
    [
      'says nothing when nothing in it is a turn',
      ['', 'null', '"event_msg"', '["event_msg"]', '{"event_msg"', item],
      null,
    ],
    [
      'says nothing in an event without a payload',
      ['{"type":"event_msg","payload":null}', '{"type":"event_msg"}'],
      null,
    ],
    ['says nothing in an event without a time', [event('task_started', {}, 5), event('task_started', {}, null)], null],
    [
      'says nothing in events named like what every object has',
      [event('constructor'), event('toString'), event('__proto__')],
      null,
    ],
    [
      'is not taken in by another kind of line',
      [JSON.stringify({timestamp: NOW, type: 'x', of: 'event_msg', payload: {type: 'task_complete'}})],
      null,
    ],
  ]
  for (const [what, lines, record] of TABLE) it(what, () => expect(turnRecord(lines)).to.deep.equal(record))
})

describe('the last words of a conversation', () => {
  const TABLE: [what: string, lines: string[], message: string | null][] = [
    [
      'are those of its newest completed turn',
      [event('task_complete', {last_agent_message: 'One'}), event('task_complete', {last_agent_message: 'Two'})],
      'Two',
    ],
    [
      'are read past a turn that just began',
      [event('task_complete', {last_agent_message: 'One'}), event('task_started')],
      'One',
    ],
    [
      'are read past a torn line',
      [event('task_complete', {last_agent_message: 'One'}), event('task_complete').slice(0, -5)],
      'One',
    ],
    [
      'are none when the turn ended without any',
      [event('task_complete', {last_agent_message: 'One'}), event('task_complete', {last_agent_message: null})],
      null,
    ],
    [
      'are none without a completed turn',
      [event('task_started'), event('turn_aborted', {last_agent_message: '"task_complete"'})],
      null,
    ],
    ['are none without a record', [], null],
  ]
  for (const [what, lines, message] of TABLE) it(what, () => expect(lastMessage(lines)).to.equal(message))
})
