import assert from 'node:assert/strict'

import {type Answer, parsePanes, stateOf} from '../src/survey.ts'

const REF = {
  socket: '/s/tmux.sock',
  name: 'cp-p-worker-1',
  server_pid: 70,
  server_start: 1000,
  session: '$1',
  window: '@1',
  pane: '%1',
}

function panes(...lines: string[]): Answer {
  const parsed = parsePanes(lines.map(line => `${line}\n`).join(''))
  assert.ok(parsed)
  return {kind: 'panes', panes: parsed}
}

describe('what tmux lists', () => {
  it('is read whole, with a name that holds spaces', () => {
    assert.deepEqual(parsePanes('70 1000 $1 @2 3 %4 0  start-1  my own session\n'), [
      {
        server_pid: 70,
        server_start: 1000,
        session: '$1',
        sessionName: 'my own session',
        window: '@2',
        index: 3,
        pane: '%4',
        dead: false,
        unreaped: false,
        id: 'start-1',
        dashboard: '',
      },
    ])
  })

  for (const [end, unreaped] of [
    ['0 ', false],
    ['1 0', false],
    ['1 9', false],
    ['1 ', true],
  ] as const) {
    it(`${unreaped ? 'lacks' : 'does not lack'} the end of a pane that is “${end}”`, () => {
      assert.equal(parsePanes(`70 1000 $1 @2 3 %4 ${end} a  b\n`)?.[0]?.unreaped, unreaped)
    })
  }

  it('may be nothing', () => {
    assert.deepEqual(parsePanes(''), [])
  })

  for (const line of [
    'no server running',
    '70 1000 $1 @2 3 %4 ?  a  b',
    '70_1000_$1_@2_3_%4_0__a__b',
    '70 1000 $1 @2',
  ]) {
    it(`is not read as panes when it says ${line}`, () => {
      assert.equal(parsePanes(`70 1000 $1 @2 3 %4 0  a  b\n${line}\n`), undefined)
    })
  }
})

describe('the state of a terminal', () => {
  for (const [title, answer, state] of [
    ['is open when its pane lives', panes('70 1000 $1 @1 0 %1 0  a  cp-p-worker-1'), 'open'],
    ['is open wherever its pane was moved to (F-039)', panes('70 1000 $9 @9 5 %1 0  a  renamed'), 'open'],
    ['is open when only a dashboard shows it', panes('70 1000 $7 @1 2 %1 0  a p cp-p'), 'open'],
    ['is gone when its pane is dead (F-041, F-042)', panes('70 1000 $1 @1 0 %1 1 3 a  cp-p-worker-1'), 'gone'],
    ['is gone when its server answers without it', panes('70 1000 $1 @1 0 %2 0  b  cp-p-worker-1'), 'gone'],
    ['is gone when another server has its ids (F-035)', panes('71 1000 $1 @1 0 %1 0  a  cp-p-worker-1'), 'gone'],
    [
      'is gone when a server of the same pid started later (F-035)',
      panes('70 2000 $1 @1 0 %1 0  a  cp-p-worker-1'),
      'gone',
    ],
    ['is gone when nothing listens (F-032, F-033)', {kind: 'no server'}, 'gone'],
    ['is unknown when there is no answer', {kind: 'silent', reason: 'Permission denied'}, 'unknown'],
  ] as const) {
    it(title, () => {
      assert.equal(stateOf(REF, answer, new Set()), state)
    })
  }

  for (const [title, answer, state] of [
    ['is unknown when its server runs without its socket', {kind: 'no server'}, 'unknown'],
    ['is unknown when its server runs behind another one', panes('71 2000 $1 @1 0 %1 0  a  x'), 'unknown'],
    ['is open when its server answers after all', panes('70 1000 $1 @1 0 %1 0  a  x'), 'open'],
  ] as const) {
    it(title, () => {
      assert.equal(stateOf(REF, answer, new Set([70])), state)
    })
  }

  for (const [what, ref] of [
    ['nothing', {}],
    ['another backend’s record', {window: 12, pid: 3}],
    ['a target for an id (A-025)', {...REF, pane: '{last}'}],
    ['a command for an id', {...REF, window: '@1 ; kill-server'}],
    ['a name of the person’s', {...REF, name: '=x'}],
    ['a relative socket (A-029)', {...REF, socket: '../evil'}],
    ['a pid in words', {...REF, server_pid: '70'}],
  ] as const) {
    it(`is unknown for ${what}`, () => {
      assert.equal(stateOf(ref, {kind: 'no server'}, new Set()), 'unknown')
    })
  }
})
