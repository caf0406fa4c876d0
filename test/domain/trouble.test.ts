import {expect} from 'chai'
import fc from 'fast-check'

import {lastTurn, upToTurn} from '../../src/domain/last-turn.ts'
import type {Session} from '../../src/domain/session.ts'
import {type Look, type Trouble, troubleOf, unheard} from '../../src/domain/trouble.ts'
import {attentionOf, isOnRecord, kindOnRecord, troubleSentence} from '../../src/domain/trouble-words.ts'
import {aPlanner, aWorker} from './examples.ts'

const at = (clock: string) => `2026-01-31T${clock}.000Z`
const event = (clock: string, type: string, more: object = {}) =>
  JSON.stringify({timestamp: at(clock), type: 'event_msg', payload: {type, ...more}})
const item = (clock: string, type: string, more: object = {}) =>
  JSON.stringify({timestamp: at(clock), type: 'response_item', payload: {type, ...more}})

const began = event('12:00:10', 'task_started', {turn_attribution: {turn_trigger: 'user'}})
const beganByQueue = (clock: string) => event(clock, 'task_started', {turn_attribution: {turn_trigger: 'queue'}})
const ended = (said: string | null, more: object = {}) =>
  event('12:00:20', 'task_complete', {turn_id: 'turn-1', last_agent_message: said, ...more})
const failed = (codex_error_info: unknown) => ended(null, {error: {message: 'Codex explains it.', codex_error_info}})
const call = (name: string, args: object, call_id = 'call-1') =>
  item('12:00:15', 'function_call', {name, namespace: 'functions', arguments: JSON.stringify(args), call_id})
const output = (text: string, call_id = 'call-1') => item('12:00:16', 'function_call_output', {call_id, output: text})

const ASYNC = call('request_user_input_async', {questions: [{title: 'Which colour?', options: ['red', 'blue']}]})
const PLAN_MODE = call('request_user_input', {
  questions: [{id: 'c', header: 'Colour', question: 'Which colour?', options: [{label: 'red'}, {label: 'blue'}]}],
})

const look = (record: readonly string[] | null, fields: Partial<Look> = {}): Look => ({
  session: aWorker(),
  task: 'in_progress',
  process: 'alive',
  record,
  hint: null,
  began: at('12:00:00'),
  now: at('12:00:30'),
  stallAfterSeconds: 600,
  ...fields,
})

describe('the trouble of a session', () => {
  const question = 'Which colour? (red / blue)'
  const resumed = {began: at('13:00:00'), now: at('13:00:30')}
  const TABLE: [what: string, look: Look, kind: Trouble['kind'] | null, at?: string | null, data?: string | null][] = [
    ['a turn that goes on', look([began]), null],
    ['a turn that ended without a word to the team', look([began, ended('Done?')]), 'silent', null, 'Done?'],
    ['a turn that a person interrupted', look([began, event('12:00:20', 'turn_aborted')]), null],
    ['a turn that ended after it asked', look([began, ended('I asked.')], {task: 'needs_input'}), null],
    ['a turn that ended after it handed back', look([began, ended('Done.')], {task: 'review_ready'}), null],
    ["a planner's turn that ended", look([began, ended('Ready.')], {session: aPlanner(), task: null}), null],
    ['a question with a tool of Codex', look([began, ASYNC, ended('Asked.')]), 'asks', at('12:00:20'), question],
    ['such a question while its turn goes on', look([began, ASYNC]), null],
    ['such a question of an earlier turn', look([began, ASYNC, ended('x'), beganByQueue('12:00:25')]), null],
    [
      'a question that was refused',
      look([began, PLAN_MODE, output('request_user_input is unavailable in Default mode'), ended('x')]),
      'asks',
      at('12:00:20'),
      question,
    ],
    [
      'a question that was answered',
      look([began, PLAN_MODE, output('{"answers":{}}'), ended('x')]),
      'silent',
      null,
      'x',
    ],
    ['a question that Codex itself waits with', look([began, PLAN_MODE]), 'asks', at('12:00:10'), question],
    [
      "the planner's own question, which its person sees",
      look([began, PLAN_MODE], {session: aPlanner(), task: null}),
      null,
    ],
    [
      'a question without words',
      look([began, call('request_user_input_async', {}), ended('x')]),
      'asks',
      at('12:00:20'),
      '',
    ],
    ['the usage limit', look([began, failed('usage_limit_exceeded')]), 'limit', at('12:00:20'), 'Codex explains it.'],
    [
      "the planner's usage limit",
      look([began, failed('usage_limit_exceeded')], {session: aPlanner(), task: null}),
      'limit',
      at('12:00:20'),
      'Codex explains it.',
    ],
    ['no login', look([began, failed('unauthorized')]), 'login', at('12:00:20'), 'Codex explains it.'],
    [
      'refused credentials',
      look([began, failed({http_connection_failed: {http_status_code: 401}})]),
      'login',
      at('12:00:20'),
      'Codex explains it.',
    ],
    [
      'forbidden access',
      look([began, failed({response_stream_connection_failed: {http_status_code: 403}})]),
      'login',
      at('12:00:20'),
      'Codex explains it.',
    ],
    [
      'another error',
      look([began, failed({http_connection_failed: {http_status_code: 500}})]),
      'failed',
      at('12:00:20'),
      'Codex explains it.',
    ],
    ['an error without a name', look([began, ended(null, {error: {}})]), 'failed', at('12:00:20'), null],
    ['an error before a hand-back by hand', look([began, failed('other')], {task: 'review_ready'}), null],
    ['a hint at an approval', look([began], {hint: 'approval'}), 'approval', null, null],
    ['a hint at an approval where no record is known', look(null, {hint: 'approval'}), 'approval', null, null],
    ['a hint at an approval after its turn', look([began, ended('x')], {hint: 'approval'}), 'silent', null, 'x'],
    ['no turn yet', look([], {now: at('12:01:00')}), null],
    ['no turn after a minute', look([], {now: at('12:01:01')}), 'unbegun', at('12:00:00'), null],
    ['no turn where none was asked for', look([], {now: at('12:05:00'), session: aWorker({prompt_file: null})}), null],
    ['no turn, and nobody knows which record', look(null, {now: at('12:05:00')}), null],
    ['a record whose turn began too far back', look([item('12:00:40', 'message')], {now: at('12:05:00')}), null],
    [
      'no turn of a start whose task was set back',
      look([], {now: at('12:05:00'), task: 'todo'}),
      'unbegun',
      at('12:00:00'),
      null,
    ],
    ['silence up to the limit', look([began], {now: at('12:10:10')}), null],
    [
      'silence beyond it',
      look([began, item('12:00:15', 'message')], {now: at('12:10:16')}),
      'stalled',
      at('12:00:15'),
      null,
    ],
    ['a quiet turn after its hand-back', look([began], {now: at('12:30:00'), task: 'review_ready'}), null],
    ['a turn that an earlier start left open', look([began], resumed), null],
    ['an end that an earlier start left', look([began, failed('usage_limit_exceeded')], resumed), null],
    [
      'a resumed conversation that does not begin',
      look([began], {...resumed, now: at('13:01:01')}),
      'unbegun',
      at('13:00:00'),
      null,
    ],
    ['a process that nobody knows about', look([began, ended('x')], {process: 'unknown'}), null],
    ['a process that is gone', look([began, ended('x')], {process: 'gone'}), null],
    ['a session that has ended', look([began, ended('x')], {session: aWorker({status: 'closed'})}), null],
    ['a session that was asked to end', look([began, ended('x')], {session: asked()}), null],
    ['an answer that waits in the queue', look([began, ended('x')], {session: answered('12:00:25')}), null],
    [
      'an answer whose turn has ended',
      look([beganByQueue('12:00:12'), ended('x')], {session: answered('12:00:11')}),
      'silent',
      null,
      'x',
    ],
    [
      'an answer whose turn began just before it was noted',
      look([beganByQueue('12:00:12'), ended('x')], {session: answered('12:00:13')}),
      'silent',
      null,
      'x',
    ],
    [
      'an answer that came in the turn before',
      look([beganByQueue('12:00:10'), ended('x')], {session: answered('12:00:19')}),
      null,
    ],
    [
      'lines that are torn or foreign',
      look(['{', 'null', '"task_complete"', '{"type":"event_msg"}', began, ended('x').slice(0, 90)]),
      null,
    ],
  ]
  for (const [what, seen, kind, since, data] of TABLE) {
    it(`is ${kind ?? 'none'} for ${what}`, () => {
      expect(troubleOf(seen)).to.deep.equal(kind === null ? null : {kind, at: since, data})
    })
  }

  function asked(): Session {
    return aWorker({ending: {status: 'closed', task_status: null, asked_at: at('12:00:25'), asked_by: 'operator'}})
  }

  function answered(clock: string): Session {
    return aWorker({wake_revision: 4, wake_at: at(clock)})
  }
})

describe('a turn that Codex reports', () => {
  it('is read up to its own end, whatever came after it', () => {
    const lines = [began, ASYNC, ended('Asked.'), beganByQueue('12:00:25')]
    expect(upToTurn(lines, 'turn-1')).to.deep.equal(lines.slice(0, 3))
    expect(unheard(lastTurn(upToTurn(lines, 'turn-1') ?? []), 'Asked.').kind).to.equal('asks')
  })

  it('is not there before Codex has written its end', () => {
    expect(upToTurn([began, ASYNC], 'turn-1')).to.equal(undefined)
    expect(upToTurn([ended('x')], 'turn-2')).to.equal(undefined)
  })
})

describe('the words about a trouble', () => {
  const KINDS = ['silent', 'asks', 'limit', 'login', 'failed', 'approval', 'unbegun', 'stalled'] as const

  it('say what is the case, what to do, and then the data', () => {
    expect(attentionOf({kind: 'limit', at: at('12:00:20'), data: 'Try again at noon.'})).to.equal(
      'Has reached the usage limit of its account (2026-01-31T12:00:20.000Z). When the limit is lifted, go on with resume_task. Codex says: Try again at noon.',
    )
    expect(attentionOf({kind: 'approval', at: null, data: null})).to.equal(
      'Waits for an approval in its terminal. Ask the operator to go there with codex-planner attach.',
    )
  })

  it('hold 600 characters of data at most, none of them torn', () => {
    const text = attentionOf({kind: 'silent', at: null, data: `${'x'.repeat(599)}😀`})
    expect(text.endsWith(`words: ${'x'.repeat(599)}\ufffd`)).to.equal(true)
  })

  for (const kind of KINDS) {
    it(`are known again, and the planner's sentence is ours: ${kind}`, () => {
      const data = fc.option(fc.string({unit: 'binary'}))
      fc.assert(
        fc.property(data, data, (one, other) => {
          const text = attentionOf({kind, at: at('12:00:20'), data: one})
          expect(kindOnRecord(text)).to.equal(kind)
          expect(isOnRecord(text, {kind, at: at('12:00:20'), data: other})).to.equal(true)
          expect(isOnRecord(text, {kind, at: at('12:00:21'), data: one})).to.equal(false)
          expect(troubleSentence(kind)).to.match(/^[a-z][ A-Za-z,;_-]+: [ a-z,;_-]+$/)
        }),
      )
    })
  }

  it('are not read into what somebody else wrote', () => {
    expect(kindOnRecord('Stays suspended: the machine is busy.')).to.equal(undefined)
    expect(isOnRecord(null, {kind: 'silent', at: null, data: null})).to.equal(false)
  })
})
