import {existsSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

let machine: Machine
let count = 0

async function aProject(options: {commit?: boolean} = {}): Promise<string> {
  const root = await machine.repository(`refusals-${++count}`, options)
  await machine.json(['init'], {cwd: root})
  return root
}

/** A refusal after which the repository, git's folder and the folder of worktrees are as before. */
async function refusedWithoutTrace(root: string, argv: string[]) {
  const before = await wholeTree(root)
  const told = await machine.refusal(argv, {cwd: root})
  expect(await wholeTree(root)).to.deep.equal(before)
  expect(existsSync(`${root}-worktrees`)).to.equal(false)
  expect(await machine.git(root, 'branch', '--list', 'codex/*')).to.equal('')
  return told
}

before(async () => {
  machine = await makeMachine()
})
after(() => machine.close())

describe('spawn-worker refuses, and leaves nothing behind,', () => {
  it('a task that is not there', async () => {
    const told = await refusedWithoutTrace(await aProject(), ['spawn-worker', 'TASK-001'])
    expect(told).to.deep.equal({
      exit: 1,
      code: 'TASK_NOT_FOUND',
      message: 'There is no task TASK-001 on this board.',
      suggestions: ['codex-planner list-tasks'],
      retryable: false,
    })
  })

  it('a repository without a commit, and says how to make one (F-078)', async () => {
    const root = await aProject({commit: false})
    await putOnBoard(root, {tasks: [{}]})
    expect(await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])).to.deep.equal({
      exit: 1,
      code: 'NO_COMMIT',
      message: `${root} has no commit yet, so a worker has nothing to start from.`,
      suggestions: [`git -C ${root} commit --allow-empty -m 'First commit'`],
      retryable: false,
    })
  })

  it('a task that builds on one which is not done', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'review_ready'}, {depends_on: ['TASK-001']}]})
    const {exit, code, message} = await refusedWithoutTrace(root, ['spawn-worker', 'TASK-002'])
    expect({exit, code, message}).to.deep.equal({
      exit: 1,
      code: 'DEPENDENCY_NOT_READY',
      message: 'TASK-002 builds on TASK-001, which is review_ready.',
    })
  })

  it('a task that builds on a branch which is not merged, and says how to merge it', async () => {
    const root = await aProject()
    await machine.git(root, 'branch', 'task-one')
    await machine.git(root, 'worktree', 'add', '-q', `${root}-tree`, 'task-one')
    await machine.git(`${root}-tree`, 'commit', '-q', '--allow-empty', '-m', 'Work')
    await putOnBoard(root, {tasks: [{status: 'done', branch: 'task-one'}, {depends_on: ['TASK-001']}]})
    expect(await refusedWithoutTrace(root, ['spawn-worker', 'TASK-002'])).to.deep.equal({
      exit: 1,
      code: 'DEPENDENCY_NOT_READY',
      message: 'TASK-001 is done, but its branch task-one is not merged into what TASK-002 starts from.',
      suggestions: [`git -C ${root} merge task-one`],
      retryable: false,
    })
  })

  it('state that git tracks, and says how to take it out', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}]})
    await machine.git(root, 'add', '-f', '.codex/board')
    await machine.git(root, 'commit', '-q', '-m', 'By mistake')
    const told = await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])
    expect({exit: told.exit, code: told.code}).to.deep.equal({exit: 1, code: 'STATE_TRACKED'})
    expect(told.message).to.match(/^Git tracks 5 file\(s\) of the team's state, \.codex\/board\/backlog\.md first; /)
    const [remedy = ''] = told.suggestions
    await machine.git(root, ...remedy.split(' ').slice(1))
    await machine.git(root, 'commit', '-q', '-m', 'Out again')
    expect(await machine.git(root, 'ls-files', '.codex')).to.equal('')
    expect(existsSync(path.join(root, '.codex/board/tasks.yaml'))).to.equal(true)
  })

  for (const status of ['done', 'cancelled'] as const) {
    it(`a task that is ${status}`, async () => {
      const root = await aProject()
      await putOnBoard(root, {tasks: [{status}]})
      const {exit, code, message} = await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])
      expect({exit, code, message}).to.deep.equal({
        exit: 1,
        code: 'INVALID_TRANSITION',
        message: `TASK-001 is ${status} and cannot become in_progress. That is final.`,
      })
    })
  }

  for (const status of ['needs_input', 'review_ready'] as const) {
    it(`a task that is ${status}, since that wants an answer`, async () => {
      const root = await aProject()
      await putOnBoard(root, {tasks: [{status}]})
      const {exit, code, suggestions} = await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])
      expect({exit, code, suggestions}).to.deep.equal({
        exit: 1,
        code: 'INVALID_TRANSITION',
        suggestions: [`codex-planner resume-task TASK-001 --note 'what to do next'`],
      })
    })
  }

  it('a second worker beside one of which it cannot tell whether it runs', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'in_progress'}], sessions: [{name: 'worker-task-001', backend: 'gone'}]})
    const {exit, code, retryable} = await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])
    expect({exit, code, retryable}).to.deep.equal({exit: 3, code: 'SESSION_UNKNOWN', retryable: true})
  })
})

describe('request-review refuses, and leaves nothing behind,', () => {
  it('when there is neither a commit nor a word', async () => {
    const root = await aProject()
    const base = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
    await putOnBoard(root, {tasks: [{status: 'in_progress', worktree: root, branch: 'main', base_commit: base}]})
    const told = await refusedWithoutTrace(root, ['request-review', 'TASK-001'])
    expect(told).to.deep.equal({
      exit: 1,
      code: 'NOTHING_HANDED_BACK',
      message: `TASK-001 has no commit since ${base.slice(0, 12)} and no summary, so there is nothing to review.`,
      suggestions: [`codex-planner request-review TASK-001 --summary 'what was found out'`],
      retryable: false,
    })
  })

  it('a task that nobody works on', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}]})
    const {exit, code, message} = await refusedWithoutTrace(root, ['request-review', 'TASK-001', '--summary', 'x'])
    expect({exit, code, message}).to.deep.equal({
      exit: 1,
      code: 'INVALID_TRANSITION',
      message:
        'TASK-001 is todo and cannot become review_ready. From there it can become in_progress, blocked, cancelled.',
    })
  })

  for (const [what, argv] of [
    ['a summary that is blank', ['--summary', ' ']],
    ['a detail that is blank', ['--summary', 'x', '--detail', '']],
    ['a summary that is too long (D7)', ['--summary', 'x'.repeat(2001)]],
    ['51 details (D7)', ['--summary', 'x', ...Array.from({length: 51}, () => '--detail=y')]],
  ] as const) {
    it(what, async () => {
      const root = await aProject()
      await putOnBoard(root, {tasks: [{status: 'in_progress'}]})
      const {exit, code} = await refusedWithoutTrace(root, ['request-review', 'TASK-001', ...argv])
      expect({exit, code}).to.deep.equal({exit: 2, code: 'INVALID_ARGUMENT'})
    })
  }
})

describe('request-review takes', () => {
  it('a commit without a word, and a word without a commit, and nothing by --force', async () => {
    const root = await aProject()
    const base = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
    const tree = `${root}-tree`
    await machine.git(root, 'worktree', 'add', '-q', '-b', 'work', tree)
    const task = {status: 'in_progress', worktree: tree, branch: 'work', base_commit: base} as const
    await putOnBoard(root, {tasks: [task, task, task]})
    expect(await machine.json(['request-review', 'TASK-001', '--force'], {cwd: root})).to.have.nested.property(
      'task.status',
      'review_ready',
    )
    expect(
      await machine.json(['request-review', 'TASK-002', '--summary', 'Found out'], {cwd: root}),
    ).to.have.nested.property('task.status', 'review_ready')
    await machine.git(tree, 'commit', '-q', '--allow-empty', '-m', 'Work')
    expect(await machine.json(['request-review', 'TASK-003'], {cwd: root})).to.have.nested.property(
      'task.status',
      'review_ready',
    )
  })

  it('what is not committed into a snapshot, and names it', async () => {
    const root = await aProject()
    const tree = `${root}-tree`
    await machine.git(root, 'worktree', 'add', '-q', '-b', 'work', tree)
    await mkdir(path.join(tree, 'src'))
    await writeFile(path.join(tree, 'src/half done.ts'), 'export {}\n')
    await putOnBoard(root, {tasks: [{status: 'in_progress', worktree: tree, branch: 'work'}]})
    const {code, stdout} = await machine.run(['request-review', 'TASK-001', '--summary', 'Half'], {cwd: root})
    expect({code, stdout}).to.deep.equal({
      code: 0,
      stdout: 'TASK-001 is review_ready.\nNot committed, so not handed back:\n  src/half done.ts\n',
    })
    expect(existsSync(path.join(tree, 'src/half done.ts'))).to.equal(true)
    const refs = (await machine.git(root, 'for-each-ref', '--format=%(refname)', 'refs/codex-planner'))
      .trim()
      .split('\n')
    expect(await machine.git(root, 'show', `${refs.at(-1)}:src/half done.ts`)).to.equal('export {}\n')
  })
})

describe('request-input refuses, and leaves nothing behind,', () => {
  const ask = (session: string, ...more: string[]) => [
    'request-input',
    '--session-name',
    session,
    '--summary',
    'Why?',
    ...more,
  ]

  it('a session that is not there', async () => {
    const {exit, code} = await refusedWithoutTrace(await aProject(), ask('worker-task-001'))
    expect({exit, code}).to.deep.equal({exit: 1, code: 'SESSION_NOT_FOUND'})
  })

  it('a planner, which has nobody to ask this way', async () => {
    const root = await aProject()
    await putOnBoard(root, {sessions: [{name: 'planner'}]})
    const {exit, code, message} = await refusedWithoutTrace(root, ask('planner'))
    expect({exit, code, message}).to.deep.equal({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      message: 'planner has no task; only workers ask this way.',
    })
  })

  it('a worker whose task is done', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'done'}], sessions: [{name: 'worker-task-001', status: 'closed'}]})
    const {exit, code} = await refusedWithoutTrace(root, ask('worker-task-001'))
    expect({exit, code}).to.deep.equal({exit: 1, code: 'INVALID_TRANSITION'})
  })

  it('a question without words', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'in_progress'}], sessions: [{name: 'worker-task-001', status: 'closed'}]})
    const {exit, code} = await refusedWithoutTrace(root, [
      'request-input',
      '--session-name',
      'worker-task-001',
      '--summary',
      '',
    ])
    expect({exit, code}).to.deep.equal({exit: 2, code: 'INVALID_ARGUMENT'})
  })
})

describe('resume-task refuses, and leaves nothing behind,', () => {
  it('a task that never had a worker, and says how it gets one', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}, {status: 'blocked'}]})
    const todo = await refusedWithoutTrace(root, ['resume-task', 'TASK-001', '--note', 'x'])
    expect({code: todo.code, suggestions: todo.suggestions}).to.deep.equal({
      code: 'INVALID_TRANSITION',
      suggestions: ['codex-planner spawn-worker TASK-001'],
    })
    const blocked = await refusedWithoutTrace(root, ['resume-task', 'TASK-002', '--note', 'x'])
    expect({code: blocked.code, suggestions: blocked.suggestions}).to.deep.equal({
      code: 'SESSION_NOT_FOUND',
      suggestions: ['codex-planner spawn-worker TASK-002'],
    })
  })

  it('a worker of which it cannot tell whether it runs', async () => {
    const root = await aProject()
    const base = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
    await putOnBoard(root, {
      tasks: [{status: 'needs_input', base_commit: base}],
      sessions: [{name: 'worker-task-001', backend: 'gone'}],
    })
    const {exit, code, retryable} = await refusedWithoutTrace(root, ['resume-task', 'TASK-001', '--note', 'x'])
    expect({exit, code, retryable}).to.deep.equal({exit: 3, code: 'SESSION_UNKNOWN', retryable: true})
  })
})

describe('close-session', () => {
  it('refuses a session that is not there', async () => {
    const {exit, code, suggestions} = await refusedWithoutTrace(await aProject(), ['close-session', 'planner'])
    expect({exit, code, suggestions}).to.deep.equal({
      exit: 1,
      code: 'SESSION_NOT_FOUND',
      suggestions: ['codex-planner list-sessions'],
    })
  })

  it('refuses a move its task cannot make, before it ends anything', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'in_progress'}], sessions: [{name: 'worker-task-001', backend: 'gone'}]})
    const {exit, code, message} = await refusedWithoutTrace(root, [
      'close-session',
      'worker-task-001',
      '--task-status',
      'done',
    ])
    expect({exit, code}).to.deep.equal({exit: 1, code: 'INVALID_TRANSITION'})
    expect(message).to.contain('review_ready, needs_input, blocked, todo, cancelled')
  })

  it('does not call a session closed of which it cannot tell whether it runs', async () => {
    const root = await aProject()
    await putOnBoard(root, {sessions: [{name: 'planner', backend: 'gone'}]})
    const {exit, code, retryable} = await refusedWithoutTrace(root, ['close-session', 'planner'])
    expect({exit, code, retryable}).to.deep.equal({exit: 3, code: 'SESSION_UNKNOWN', retryable: true})
  })

  it('takes one that is gone for done, twice', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{status: 'in_progress'}], sessions: [{name: 'worker-task-001', status: 'closed'}]})
    for (const _ of [1, 2]) {
      const {session, task} = await machine.json<{session: {status: string}; task: {status: string}}>(
        ['close-session', 'worker-task-001'],
        {cwd: root},
      )
      expect([session.status, task.status]).to.deep.equal(['closed', 'in_progress'])
    }
  })

  it('leaves the planner to close-session when a worker is meant (B7)', async () => {
    const root = await aProject()
    await putOnBoard(root, {sessions: [{name: 'planner'}]})
    const {exit, code, suggestions} = await refusedWithoutTrace(root, ['close-worker', 'planner'])
    expect({exit, code, suggestions}).to.deep.equal({
      exit: 2,
      code: 'INVALID_ARGUMENT',
      suggestions: ['codex-planner close-session planner'],
    })
  })
})

describe('attach and dashboard', () => {
  for (const argv of [['attach'], ['dashboard']]) {
    it(`say that no planner runs: ${argv.join(' ')}`, async () => {
      const {exit, code, suggestions} = await refusedWithoutTrace(await aProject(), argv)
      expect({exit, code, suggestions}).to.deep.equal({
        exit: 1,
        code: 'SESSION_NOT_FOUND',
        suggestions: ['codex-planner'],
      })
    })
  }
})

describe('on a machine without git', () => {
  it('the board of an ordinary repository is read and changed, and whoever needs git is told what is missing', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}]})
    const options = {cwd: root, env: {PATH: path.dirname(process.execPath)}}
    await machine.json(['update-task', 'TASK-001', '--priority', 'high'], options)
    expect(await machine.json(['show-task', 'TASK-001'], options)).to.have.nested.include({'task.priority': 'high'})
    expect(await machine.refusal(['list-tasks', '--repo-path', machine.folder], options)).to.deep.include({
      exit: 1,
      code: 'PROGRAM_MISSING',
      suggestions: ['sudo apt-get install -y git'],
    })
  })
})

describe('on a machine without Codex', () => {
  const MISSING = {
    exit: 1,
    code: 'PROGRAM_MISSING',
    suggestions: ['npm install -g @openai/codex'],
    retryable: false,
  }

  it('a worker is refused before there is a worktree, a branch or a session (F-109)', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}]})
    expect(await refusedWithoutTrace(root, ['spawn-worker', 'TASK-001'])).to.deep.include(MISSING)
  })

  it('a planner is refused before there is a session (F-109)', async () => {
    expect(await refusedWithoutTrace(await aProject(), ['start-planner'])).to.deep.include(MISSING)
  })
})

describe('launch on a machine without Codex', () => {
  it('stops at its first step, says what is missing, and makes nothing (F-109)', async () => {
    const root = await machine.repository(`refusals-${++count}`)
    const before = await wholeTree(root)
    const {code, stdout, stderr} = await machine.run([], {cwd: root})
    expect({code, stdout}).to.deep.equal({code: 1, stdout: ''})
    expect(stderr).to.contain('Code: PROGRAM_MISSING\n    Try this: npm install -g @openai/codex\n')
    expect(await wholeTree(root)).to.deep.equal(before)
  })
})
