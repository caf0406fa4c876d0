import {expect} from 'chai'
import fc from 'fast-check'

import {
  changesAfter,
  knownRevision,
  newsForPlanner,
  type WakeState,
  wakeMessage,
  wakeState,
  wokenAfter,
} from '../../src/domain/change.ts'
import {SESSION_STATUSES, type SessionStatus} from '../../src/domain/session.ts'
import type {TurnRecord} from '../../src/domain/status.ts'
import {TASK_STATUSES, type TaskStatus} from '../../src/domain/task.ts'
import {attentionOf} from '../../src/domain/trouble-words.ts'
import {aBoard, aPlanner, aTask, aWorker} from './examples.ts'

describe('what changed on the board', () => {
  const board = aBoard({
    revision: 9,
    tasks: [
      aTask({status: 'done', revision: 7}),
      aTask({id: 'TASK-002', status: 'needs_input', revision: 5}),
      aTask({id: 'TASK-003', revision: 2}),
    ],
    sessions: [
      aPlanner({revision: 1}),
      aWorker({run: 'old', status: 'lost', revision: 8}),
      aWorker({run: 'new', status: 'suspended', revision: 6}),
    ],
  })

  it('is told oldest first, and of a session only its newest start', () => {
    expect(changesAfter(board, 2)).to.deep.equal([
      {
        kind: 'task',
        id: 'TASK-002',
        status: 'needs_input',
        silent: false,
        what: 'asks a question: read its handoff and answer with resume_task',
        revision: 5,
      },
      {kind: 'session', id: 'worker-task-001', status: 'suspended', silent: false, what: 'is suspended', revision: 6},
      {kind: 'task', id: 'TASK-001', status: 'done', silent: false, what: 'is done', revision: 7},
    ])
  })

  it('is everything for who knows nothing, and nothing for who knows it all', () => {
    expect(changesAfter(board, 0).map(({id, revision}) => [id, revision])).to.deep.equal([
      ['planner', 1],
      ['TASK-003', 2],
      ['TASK-002', 5],
      ['worker-task-001', 6],
      ['TASK-001', 7],
    ])
    expect(changesAfter(board, 7)).to.deep.equal([])
    expect(newsForPlanner(board, 9)).to.deep.equal([])
  })

  const SENTENCES: Record<TaskStatus, string> = {
    todo: 'waits for a worker',
    in_progress: 'is being worked on',
    blocked: 'is blocked',
    needs_input: 'asks a question: read its handoff and answer with resume_task',
    review_ready: 'was handed back: review it, then accept it or send it back',
    done: 'is done',
    cancelled: 'was cancelled',
  }
  for (const status of TASK_STATUSES) {
    it(`says of a task that is ${status} what that asks for`, () => {
      expect(changesAfter(aBoard({tasks: [aTask({status})]}), 0)[0]?.what).to.equal(SENTENCES[status])
    })
  }
})

describe('news for the planner', () => {
  for (const status of TASK_STATUSES) {
    const told = status === 'needs_input' || status === 'review_ready'
    it(`${told ? 'is' : 'is not'} that a task is ${status}`, () => {
      expect(newsForPlanner(aBoard({tasks: [aTask({status, revision: 3})]}), 2).map(({id}) => id)).to.deep.equal(
        told ? ['TASK-001'] : [],
      )
    })
  }

  const GONE = 'is gone without a word: its worktree is kept, resume_task brings it back'
  const SILENT = 'ended without asking or handing back: look at its handoff and worktree'
  const STILL = 'stands still and did not say why: look with list_sessions'
  for (const status of SESSION_STATUSES) {
    for (const task of TASK_STATUSES) {
      const sentence = sessionNews(status, task)
      it(`${sentence === undefined ? 'is not' : 'is'} that a worker is ${status} while its task is ${task}`, () => {
        const board = aBoard({tasks: [aTask({status: task, revision: 1})], sessions: [aWorker({status, revision: 3})]})
        expect(newsForPlanner(board, 2).map(({what}) => what)).to.deep.equal(sentence === undefined ? [] : [sentence])
      })
    }
  }

  function sessionNews(status: SessionStatus, task: TaskStatus): string | undefined {
    if (status === 'lost') return GONE
    const isOpen = task === 'todo' || task === 'blocked' || task === 'in_progress'
    return status === 'closed' && isOpen ? SILENT : undefined
  }

  it('is a worker that stands still, without what it says', () => {
    const board = aBoard({sessions: [aWorker({attention: 'rm -rf / please', revision: 3})]})
    expect(newsForPlanner(board, 2)).to.deep.equal([
      {kind: 'session', id: 'worker-task-001', status: 'running', silent: true, what: STILL, revision: 3},
    ])
  })

  it('says what a worker is in trouble with, without what anybody wrote about it', () => {
    const attention = attentionOf({kind: 'asks', at: '2026-01-31T12:00:00Z', data: 'rm -rf / please'})
    expect(
      newsForPlanner(aBoard({sessions: [aWorker({attention, revision: 3})]}), 2).map(({what}) => what),
    ).to.deep.equal([
      'asked with a tool of Codex that reaches nobody here: read the question with show_session and answer with resume_task',
    ])
  })

  it('says of a worker that stood still before it ended only how it ended', () => {
    const news = (status: SessionStatus, task: TaskStatus) =>
      newsForPlanner(
        aBoard({
          tasks: [aTask({status: task, revision: 1})],
          sessions: [aWorker({status, attention: 'x', revision: 3})],
        }),
        2,
      ).map(({what, silent}) => [what, silent])
    expect(news('lost', 'in_progress')).to.deep.equal([[GONE, false]])
    expect(news('closed', 'in_progress')).to.deep.equal([[SILENT, false]])
    expect(news('closed', 'cancelled')).to.deep.equal([])
    expect(news('suspended', 'in_progress')).to.deep.equal([])
  })

  it('is that a worker ended, unless the planner itself asked it to', () => {
    const endedBy = (asked_by: string) => {
      const ending = {status: 'closed', task_status: null, asked_at: '2026-01-31T12:00:00Z', asked_by} as const
      return newsForPlanner(
        aBoard({
          tasks: [aTask({status: 'in_progress', revision: 1})],
          sessions: [aWorker({status: 'closed', ending, revision: 3})],
        }),
        2,
      ).map(({what}) => what)
    }
    expect(endedBy('planner')).to.deep.equal([])
    expect(endedBy('worker-task-001')).to.deep.equal([SILENT])
    expect(endedBy('operator')).to.deep.equal([SILENT])
  })

  it('is never an earlier start of a worker that runs again', () => {
    const board = aBoard({
      sessions: [aWorker({run: 'old', status: 'lost', revision: 3}), aWorker({run: 'new', revision: 2})],
    })
    expect(newsForPlanner(board, 0)).to.deep.equal([])
  })

  it('is never the planner itself', () => {
    const board = aBoard({sessions: [aPlanner({status: 'lost', attention: 'x', revision: 3})]})
    expect(newsForPlanner(board, 0)).to.deep.equal([])
  })
})

describe('the message that wakes a planner', () => {
  const news = (count: number) =>
    newsForPlanner(
      aBoard({
        tasks: Array.from({length: count}, (_, index) =>
          aTask({id: `TASK-00${index + 1}`, status: 'review_ready', revision: index + 1}),
        ),
      }),
      0,
    )

  it('names what changed and from where to read on', () => {
    const board = aBoard({
      tasks: [aTask({status: 'needs_input', revision: 4})],
      sessions: [aWorker({name: 'worker-task-002', status: 'lost', revision: 5})],
    })
    expect(wakeMessage(newsForPlanner(board, 3), 3)).to.equal(
      '[codex-planner] TASK-001 needs_input, worker-task-002 lost. Call wait_events with after=3, then act on each.',
    )
  })

  it('says that a worker stands still, not that it runs', () => {
    const board = aBoard({sessions: [aWorker({attention: 'x', revision: 4})]})
    expect(wakeMessage(newsForPlanner(board, 3), 3)).to.match(/^\[codex-planner\] worker-task-001 stands still\. Call /)
  })

  it('names eight and counts the rest', () => {
    expect(wakeMessage(news(8), 0)).to.match(/TASK-008 review_ready\. Call/)
    expect(wakeMessage(news(9), 0)).to.match(/TASK-008 review_ready and 1 more\. Call/)
  })

  it('holds no text that a worker wrote, whatever it wrote (A-093)', () => {
    const text = fc.string({unit: 'binary', minLength: 1})
    const tasks = fc.record({
      title: text,
      description: text,
      owner: text,
      branch: text,
      worktree: text,
      status: fc.constantFrom(...TASK_STATUSES),
    })
    const sessions = fc.record({
      attention: fc.option(text),
      worktree: text,
      status: fc.constantFrom(...SESSION_STATUSES),
    })
    fc.assert(
      fc.property(tasks, sessions, (task, session) => {
        const board = aBoard({tasks: [aTask({...task, revision: 1})], sessions: [aWorker({...session, revision: 2})]})
        const changes = [...newsForPlanner(board, 0), ...changesAfter(board, 0)]
        expect(wakeMessage(changes, 0)).to.match(
          /^\[codex-planner\] ((TASK-001|worker-task-001) (stands still|[a-z_]+)(, )?)+\. Call wait_events with after=0, then act on each\.$/,
        )
        const sentences = new Set(['stands still and did not say why: look with list_sessions', ...everySentence()])
        for (const {what} of changes) expect(sentences).to.include(what)
      }),
    )
  })

  function everySentence(): string[] {
    return TASK_STATUSES.flatMap(task =>
      SESSION_STATUSES.flatMap(status =>
        changesAfter(aBoard({tasks: [aTask({status: task})], sessions: [aWorker({status})]}), 0).map(({what}) => what),
      ),
    )
  }

  const TURNS: [text: string, after: number | undefined][] = [
    [wakeMessage(news(1), 41), 41],
    [`An answer.\n${wakeMessage(news(9), 0)}`, 0],
    ['[codex-planner] This conversation goes on. Call wait_events with after=12 for what changed.', 12],
    ['[codex-planner] The planner answered on TASK-001.\n\nafter=7', undefined],
    ['Call wait_events with after=7', undefined],
    ['[codex-planner] hereafter=7', undefined],
    ['[codex-planner] after=', undefined],
    ['', undefined],
  ]
  for (const [text, after] of TURNS) {
    it(`is recognized, with where to read on: ${JSON.stringify(text.slice(0, 60))}`, () =>
      expect(wokenAfter(text)).to.equal(after))
  }
})

describe('what a planner knows', () => {
  const answer = (revision: number) => JSON.stringify({changes: [{revision: 900}], revision, reset: false, needs: []})
  const output = (type: string, text: string) => JSON.stringify({type: 'response_item', payload: {type, output: text}})
  const plain = (revision: number) => output('function_call_output', answer(revision))
  const wrapped = (revision: number) => output('custom_tool_call_output', JSON.stringify({text: answer(revision)}))
  const event = (revision: number) => output('mcp_tool_call_end', answer(revision))

  const cases: [what: string, lines: string[], known: number][] = [
    ['is what it was told where its record shows no answer', ['{"revision":3}'], 12],
    ['is what it was told where its record shows the answer', [plain(4), plain(12), plain(7)], 12],
    ['is what the last answer in its record showed, where a later one was lost', [plain(4), wrapped(9), event(12)], 9],
    ['is no more than it was told, whatever a text says', [plain(4000)], 12],
  ]
  for (const [what, lines, known] of cases) it(what, () => expect(knownRevision(12, lines)).to.equal(known))
})

describe('the message that waits for a planner', () => {
  const planner = aPlanner({told_revision: 12, wake_revision: 15, wake_at: '2026-01-31T12:00:00Z'})
  const read = JSON.stringify({type: 'response_item', payload: {text: wakeMessage([], 12)}})
  const earlier = JSON.stringify({type: 'response_item', payload: {text: wakeMessage([], 1)}})
  const idle: TurnRecord = {value: 'idle', at: '2026-01-31T12:00:20Z'}
  const working: TurnRecord = {value: 'working', at: '2026-01-31T12:00:20Z'}
  const soon = '2026-01-31T12:01:00Z'
  const late = '2026-01-31T12:01:01Z'

  const cases: [what: string, lines: string[], turn: TurnRecord | null, now: string, state: WakeState][] = [
    ['is waited for while it may still be on its way', [], idle, soon, 'waiting'],
    ['is waited for while a turn goes on, however long', [read], working, late, 'waiting'],
    ['is waited for where nothing is known of the turn', [], null, late, 'waiting'],
    ['was read when it stands in the record, also of a turn that was interrupted', [read], idle, soon, 'told'],
    ['was read however late that is noticed', [read], idle, late, 'told'],
    ['never arrived when an idle conversation has none of it after a minute', [], idle, late, 'missing'],
    ['is not an earlier one', [earlier], idle, late, 'missing'],
  ]
  for (const [what, lines, turn, now, state] of cases) {
    it(what, () => expect(wakeState(planner, lines, turn, now)).to.equal(state))
  }

  it('is none when none was sent', () => {
    expect(wakeState(aPlanner({wake_revision: null}), [read], idle, late)).to.equal('none')
  })
})
