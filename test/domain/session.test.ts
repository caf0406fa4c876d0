import {expect} from 'chai'

import {type Board, EMPTY_BOARD} from '../../src/domain/board.ts'
import {PlannerError} from '../../src/domain/errors.ts'
import {
  activePlanner,
  addSession,
  changeSession,
  endSession,
  failedStart,
  isActive,
  latestConversation,
  latestPrompt,
  latestSession,
  requireSessionName,
  SESSION_STATUSES,
  type Session,
  sessionOf,
  suspendedWorkers,
  workerName,
} from '../../src/domain/session.ts'

function aSession(fields: Partial<Session>): Session {
  return {
    name: 'planner',
    role: 'planner',
    task_id: null,
    status: 'running',
    backend: 'tmux',
    terminal: null,
    codex_session_id: null,
    prompt_file: '.codex/state/rendered_prompts/planner.md',
    worktree: '/srv/project',
    run: 'planner-1',
    started_at: '2026-01-31T12:00:00Z',
    ended_at: null,
    exit: null,
    ending: null,
    told_revision: 0,
    wake_revision: null,
    wake_at: null,
    idle_revision: null,
    attention: null,
    revision: 0,
    ...fields,
  }
}

function boardOf(...sessions: Partial<Session>[]): Board {
  return sessions.reduce<Board>((board, fields) => addSession(board, aSession(fields)), EMPTY_BOARD)
}

describe('a session', () => {
  it('of a worker is named after its task', () => {
    expect([workerName('TASK-001'), workerName('TASK-1234')]).to.deep.equal(['worker-task-001', 'worker-task-1234'])
  })

  for (const name of ['planner', 'worker-task-001', 'worker-task-123456789']) {
    it(`may be called ${name}`, () => expect(requireSessionName(name)).to.equal(name))
  }

  for (const name of [
    '',
    'boss',
    'worker-task-1',
    'worker-task-001 ',
    'planner\n',
    '__proto__',
    'Planner',
    'worker-TASK-001',
  ]) {
    it(`may not be called ${JSON.stringify(name)} (A-065)`, () => {
      expect(() => requireSessionName(name)).to.throw(PlannerError, 'A session is called planner or worker-task-001.')
    })
  }

  it('is active while it starts and runs', () => {
    expect(SESSION_STATUSES.filter(status => isActive(aSession({status})))).to.deep.equal(['starting', 'running'])
  })

  it('is the newest one of its name', () => {
    const board = boardOf({run: 'a', status: 'closed'}, {run: 'b'}, {name: 'worker-task-001', run: 'c'})
    expect(latestSession(board, 'planner')?.run).to.equal('b')
    expect(sessionOf(board, 'worker-task-001').run).to.equal('c')
  })

  it('that nobody knows is named with the list of those that are', () => {
    expect(() => sessionOf(EMPTY_BOARD, 'planner')).to.throw(PlannerError, 'There is no session planner on this board.')
  })

  it('of the planner counts only while it is active', () => {
    expect(activePlanner(boardOf({run: 'a'}))?.run).to.equal('a')
    expect(activePlanner(boardOf({run: 'a'}, {run: 'b', status: 'suspended'}))).to.equal(undefined)
    expect(activePlanner(EMPTY_BOARD)).to.equal(undefined)
  })

  it('is changed by its start, and older starts of the name stay', () => {
    const board = changeSession(boardOf({run: 'a'}, {run: 'b'}), 'b', {status: 'lost'})
    expect(board.sessions.map(session => session.status)).to.deep.equal(['running', 'lost'])
  })

  it('keeps what resuming needs and why it ended, and waits for nothing more', () => {
    const board = boardOf({
      codex_session_id: 'x',
      terminal: {pane: '%1'},
      wake_revision: 4,
      wake_at: null,
      ending: {status: 'closed', task_status: null, asked_at: 'then', asked_by: 'planner'},
    })
    const [ended] = endSession(board, 'planner-1', 'suspended', {code: 0, at: 'now'}).sessions
    expect(ended).to.deep.equal(
      aSession({
        status: 'suspended',
        codex_session_id: 'x',
        terminal: {pane: '%1'},
        ended_at: 'now',
        exit: {code: 0, at: 'now'},
        ending: {status: 'closed', task_status: null, asked_at: 'then', asked_by: 'planner'},
      }),
    )
  })
})

describe('the conversation to go on with', () => {
  it('is the newest that any start of the name had, so that a start that failed forgets nothing', () => {
    const board = boardOf({run: 'a', codex_session_id: 'x'}, {run: 'b', codex_session_id: 'y'}, {run: 'c'})
    expect(latestConversation(board, 'planner')).to.equal('y')
    expect(latestConversation(board, 'worker-task-001')).to.equal(null)
    expect(latestConversation(boardOf({run: 'a'}), 'planner')).to.equal(null)
  })
})

describe('the prompt to show', () => {
  it('is the newest that any start of the name was given: some are given none', () => {
    const board = boardOf(
      {run: 'a', prompt_file: 'a.md'},
      {run: 'b', prompt_file: 'b.md'},
      {run: 'c', prompt_file: null},
    )
    expect(latestPrompt(board, 'planner')).to.equal('b.md')
    expect(latestPrompt(board, 'worker-task-001')).to.equal(null)
  })
})

describe('a suspended worker', () => {
  const worker = {name: 'worker-task-001', role: 'worker', task_id: 'TASK-001'} as const

  it('is one whose newest start was suspended; the planner is none', () => {
    const board = boardOf(
      {run: 'a', status: 'suspended'},
      {...worker, run: 'b', status: 'suspended'},
      {...worker, name: 'worker-task-002', task_id: 'TASK-002', run: 'c', status: 'suspended'},
      {...worker, run: 'd', status: 'running'},
    )
    expect(suspendedWorkers(board).map(({run}) => run)).to.deep.equal(['c'])
  })

  for (const [before, after] of [
    ['suspended', 'suspended'],
    ['closed', 'closed'],
    ['lost', 'closed'],
  ] as const) {
    it(`that was ${before} is ${after} when its next start comes to nothing (F-019)`, () => {
      const start = aSession({...worker, run: 'b', status: 'starting'})
      const board = addSession(boardOf({...worker, run: 'a', status: before}), start)
      expect(failedStart(board, start)).to.equal(after)
    })
  }

  it('does not make another name’s start a suspended one', () => {
    const start = aSession({...worker, run: 'b', status: 'starting'})
    expect(failedStart(addSession(boardOf({run: 'a', status: 'suspended'}), start), start)).to.equal('closed')
  })
})
