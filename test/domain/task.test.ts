import {expect} from 'chai'
import fc from 'fast-check'

import {type Board, EMPTY_BOARD} from '../../src/domain/board.ts'
import {PlannerError} from '../../src/domain/errors.ts'
import {
  addTask,
  allowedMoves,
  branchName,
  changeTask,
  isHandoffScope,
  isReady,
  requireTaskId,
  TASK_STATUSES,
  type Task,
  type TaskDraft,
  type TaskStatus,
  taskOf,
} from '../../src/domain/task.ts'

const NOW = '2026-01-31T12:00:00Z'
const LATER = '2026-02-01T12:00:00Z'

function boardOf(...drafts: (Partial<Task> & {title: string})[]): Board {
  return drafts.reduce<Board>((board, {title, ...fields}) => {
    const [added, task] = addTask(board, {title}, NOW)
    return {...added, tasks: added.tasks.map(other => (other.id === task.id ? {...task, ...fields} : other))}
  }, EMPTY_BOARD)
}

function refusalOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof PlannerError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('a new task', () => {
  it('has a number, a handoff page and nothing to its name yet', () => {
    expect(addTask(EMPTY_BOARD, {title: 'Sort the list'}, NOW)[1]).to.deep.equal({
      id: 'TASK-001',
      title: 'Sort the list',
      description: '',
      status: 'todo',
      owner: null,
      priority: 'normal',
      depends_on: [],
      write_scope: [],
      read_scope: [],
      acceptance: [],
      handoff_file: '.codex/handoffs/TASK-001.md',
      branch: null,
      worktree: null,
      base_commit: null,
      created_at: NOW,
      updated_at: NOW,
      revision: 0,
    })
  })

  for (const [last, tasks, expected] of [
    [0, [], 'TASK-001'],
    [7, [], 'TASK-008'],
    [7, ['TASK-012'], 'TASK-013'],
    [999, [], 'TASK-1000'],
  ] as const) {
    it(`is ${expected} after the numbers ${last} and ${tasks.join(', ') || 'none'}`, () => {
      const board = {
        ...EMPTY_BOARD,
        last_task: last,
        tasks: tasks.map(id => ({...addTask(EMPTY_BOARD, {title: 'x'}, NOW)[1], id})),
      }
      const [after, task] = addTask(board, {title: 'x'}, NOW)
      expect(task.id).to.equal(expected)
      expect(after.last_task).to.equal(Number(expected.slice(5)))
    })
  }

  it('has the handoff page that its write scope names', () => {
    const scope = ['src/**', '.codex/handoffs/shared.md']
    expect(addTask(EMPTY_BOARD, {title: 'x', write_scope: scope}, NOW)[1].handoff_file).to.equal(
      '.codex/handoffs/shared.md',
    )
  })

  it('names every dependency and path once', () => {
    const draft = {title: 'x', depends_on: ['TASK-001', 'TASK-001'], read_scope: ['a', 'a']}
    const [, task] = addTask(boardOf({title: 'One'}), draft, NOW)
    expect([task.depends_on, task.read_scope]).to.deep.equal([['TASK-001'], ['a']])
  })

  const refused: [what: string, draft: Partial<TaskDraft>, sentence: string][] = [
    ['no title', {title: '  '}, 'INVALID_ARGUMENT: title is empty.'],
    [
      'a title of 10 MB (A-076)',
      {title: 'x'.repeat(10_000_000)},
      'INVALID_ARGUMENT: title has 10000000 characters; at most 200 are kept.',
    ],
    ['a title of two lines', {title: 'a\nb'}, 'INVALID_ARGUMENT: title must be one line without control characters.'],
    [
      'NUL (A-064)',
      {description: 'a\0b'},
      'INVALID_ARGUMENT: description holds a character that is not text (NUL or half of a pair).',
    ],
    [
      'half a pair (A-077)',
      {title: '\ud800'},
      'INVALID_ARGUMENT: title holds a character that is not text (NUL or half of a pair).',
    ],
    [
      '100 000 criteria (A-076)',
      {acceptance: Array.from({length: 100_000}, () => 'x')},
      'INVALID_ARGUMENT: acceptance has 100000 entries; at most 100 are kept.',
    ],
    [
      'a dependency nobody knows',
      {depends_on: ['TASK-009']},
      'TASK_NOT_FOUND: There is no task TASK-009 on this board.',
    ],
    [
      'a dependency of another kind (A-065)',
      {depends_on: ['__proto__']},
      'INVALID_ARGUMENT: A task id looks like TASK-001.',
    ],
    [
      'two handoff pages',
      {write_scope: ['.codex/handoffs/a.md', '.codex/handoffs/b.md']},
      'INVALID_ARGUMENT: A task has one handoff file; write_scope names more than one.',
    ],
    [
      'an absolute path',
      {read_scope: ['/etc']},
      'INVALID_ARGUMENT: read_scope holds "/etc"; a scope is relative to the repository and stays inside it.',
    ],
    [
      'a path that climbs out',
      {write_scope: ['src/../../x']},
      'INVALID_ARGUMENT: write_scope holds "src/../../x"; a scope is relative to the repository and stays inside it.',
    ],
    [
      'git’s own folder',
      {write_scope: ['./.GIT/hooks']},
      'INVALID_ARGUMENT: write_scope holds "./.GIT/hooks"; .git, .codex, .agents are not for workers.',
    ],
    [
      'the board',
      {write_scope: ['.codex/board/tasks.yaml']},
      'INVALID_ARGUMENT: write_scope holds ".codex/board/tasks.yaml"; .git, .codex, .agents are not for workers.',
    ],
  ]
  for (const [what, draft, sentence] of refused) {
    it(`is refused with ${what}`, () => {
      expect(refusalOf(() => addTask(EMPTY_BOARD, {title: 'x', ...draft}, NOW))).to.equal(sentence)
    })
  }
})

describe('a changed task', () => {
  it('has the fields that were given and when that was', () => {
    const [, task] = changeTask(
      boardOf({title: 'One'}),
      'TASK-001',
      {priority: 'high', owner: 'ana', description: undefined},
      LATER,
    )
    expect(task).to.include({
      title: 'One',
      priority: 'high',
      owner: 'ana',
      description: '',
      created_at: NOW,
      updated_at: LATER,
    })
  })

  it('keeps lists that were not given and empties those given empty', () => {
    const board = boardOf({title: 'One', acceptance: ['a'], read_scope: ['b']})
    const [, task] = changeTask(board, 'TASK-001', {acceptance: []}, LATER)
    expect([task.acceptance, task.read_scope]).to.deep.equal([[], ['b']])
  })

  it('may not depend on itself, not even around a corner', () => {
    const board = boardOf(
      {title: 'One'},
      {title: 'Two', depends_on: ['TASK-001']},
      {title: 'Three', depends_on: ['TASK-002']},
    )
    for (const id of ['TASK-001', 'TASK-003']) {
      expect(refusalOf(() => changeTask(board, 'TASK-001', {depends_on: [id]}, LATER))).to.equal(
        'INVALID_ARGUMENT: TASK-001 would depend on itself.',
      )
    }
  })

  it('that nobody knows is refused', () => {
    expect(refusalOf(() => changeTask(EMPTY_BOARD, 'TASK-001', {}, NOW))).to.equal(
      'TASK_NOT_FOUND: There is no task TASK-001 on this board.',
    )
    expect(refusalOf(() => taskOf(EMPTY_BOARD, '__proto__'))).to.include('TASK_NOT_FOUND')
  })
})

describe('a task’s status', () => {
  const moves: Record<TaskStatus, TaskStatus[]> = {
    todo: ['in_progress', 'blocked', 'cancelled'],
    in_progress: ['review_ready', 'needs_input', 'blocked', 'todo', 'cancelled'],
    needs_input: ['in_progress', 'todo', 'cancelled'],
    blocked: ['in_progress', 'todo', 'cancelled'],
    review_ready: ['done', 'in_progress', 'cancelled'],
    done: [],
    cancelled: [],
  }
  for (const from of TASK_STATUSES) {
    it(`${from} can become ${moves[from].join(', ') || 'nothing else'} (G12)`, () => {
      expect(allowedMoves(from)).to.have.members(moves[from])
      const board = boardOf({title: 'One', status: from})
      const possible = TASK_STATUSES.filter(
        to => refusalOf(() => changeTask(board, 'TASK-001', {status: to}, NOW)) === 'accepted',
      )
      expect(possible).to.have.members([from, ...moves[from]])
    })
  }

  it('is refused with what is allowed instead (G12)', () => {
    const board = boardOf({title: 'One'}, {title: 'Two', status: 'done'})
    expect(refusalOf(() => changeTask(board, 'TASK-001', {status: 'done'}, NOW))).to.equal(
      'INVALID_TRANSITION: TASK-001 is todo and cannot become done. From there it can become in_progress, blocked, cancelled.',
    )
    expect(refusalOf(() => changeTask(board, 'TASK-002', {status: 'todo'}, NOW))).to.equal(
      'INVALID_TRANSITION: TASK-002 is done and cannot become todo. That is final.',
    )
  })

  it('is ready when all it depends on is done', () => {
    const board = boardOf(
      {title: 'One', status: 'done'},
      {title: 'Two'},
      {title: 'Three', depends_on: ['TASK-001']},
      {title: 'Four', depends_on: ['TASK-001', 'TASK-002']},
      {title: 'Five', depends_on: ['TASK-099']},
      {title: 'Six', status: 'blocked'},
    )
    expect(board.tasks.filter(task => isReady(board, task)).map(task => task.title)).to.deep.equal(['Two', 'Three'])
  })
})

describe('names of a task', () => {
  for (const id of ['TASK-1', 'TASK-0012345678', 'task-001', 'TASK-001\n', ' TASK-001', '../TASK-001', 'constructor']) {
    it(`cannot be the id ${JSON.stringify(id)} (A-065)`, () => {
      expect(refusalOf(() => requireTaskId(id))).to.equal('INVALID_ARGUMENT: A task id looks like TASK-001.')
    })
  }

  for (const [title, branch] of [
    ['Sort the list', 'codex/task-001-sort-the-list'],
    ['Größe – ändern!', 'codex/task-001-grosse-andern'],
    ['Ærø, Łódź, naïve', 'codex/task-001-aero-lodz-naive'],
    ['$(id) `rm`; #{x}', 'codex/task-001-id-rm-x'],
    ['日本語', 'codex/task-001'],
    ['@', 'codex/task-001'],
    ['refs/heads/q', 'codex/task-001-refs-heads-q'],
    ['a;b', 'codex/task-001-a-b'],
    ["a'b", 'codex/task-001-a-b'],
    ['a`b`', 'codex/task-001-a-b'],
    ['a#(x)', 'codex/task-001-a-x'],
    ['m\u0430in', 'codex/task-001-m-in'],
    ['cafe\u0301', 'codex/task-001-cafe'],
    ['main\u202etxt', 'codex/task-001-main-txt'],
    ['long '.repeat(30), 'codex/task-001-long-long-long-long-long-long-long-long'],
  ] as const) {
    it(`make the branch ${branch} of ${JSON.stringify(title.slice(0, 20))} (A-039, A-041)`, () => {
      expect(branchName(taskOf(boardOf({title}), 'TASK-001'))).to.equal(branch)
    })
  }

  it('make a branch that git and a shell take, whatever the title', () => {
    const title = fc.string({unit: 'binary', minLength: 1, maxLength: 200})
    fc.assert(
      fc.property(title, title => {
        const task = {...taskOf(boardOf({title: 'x'}), 'TASK-001'), title}
        expect(branchName(task)).to.match(/^codex\/task-001(-[a-z0-9]+)*$/)
      }),
    )
  })

  for (const scope of [
    '.codex/handoffs/../x.md',
    '.codex/handoffs/a/b.md',
    '.codex/handoffs/.md',
    '.codex/handoffs/-x.md',
    '/x.md',
    'x.md',
  ]) {
    it(`cannot make ${scope} a handoff page`, () => expect(isHandoffScope(scope)).to.equal(false))
  }
})
