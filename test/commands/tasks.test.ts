import {readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {parse} from 'yaml'

import type {Task} from '../../src/domain/task.ts'
import type {TaskPage} from '../../src/services/tasks.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, type Ran} from './machine.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let machine: Machine
let count = 0

async function aProject(): Promise<string> {
  const root = await machine.repository(`tasks-${++count}`)
  await machine.json(['init'], {cwd: root})
  return root
}

function printed({code, stdout, stderr}: Ran): string[] {
  expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
  return stdout.trimEnd().split('\n')
}

before(async () => {
  machine = await makeMachine()
})
after(() => machine.close())

describe('create-task', () => {
  it('answers with the task as the board has it, field by field', async () => {
    const cwd = await aProject()
    await machine.json(['create-task', 'First'], {cwd})
    const argv = [
      ...['create-task', 'Refuse empty names', '--description', 'Why.\nAnd how.'],
      ...['--write-scope', 'src/names.ts', '--write-scope', 'test/**', '--read-scope', 'README.md'],
      ...['--acceptance', 'npm test passes', '--acceptance', 'a, b', '--priority', 'high', '--depends-on', 'TASK-001'],
    ]
    const {task, ...rest} = await machine.json<{task: Task}>(argv, {cwd})
    expect(rest).to.deep.equal({})
    const {created_at, updated_at, ...fields} = task
    expect([created_at, updated_at].map(time => TIME.test(time))).to.deep.equal([true, true])
    expect(fields).to.deep.equal({
      id: 'TASK-002',
      title: 'Refuse empty names',
      description: 'Why.\nAnd how.',
      status: 'todo',
      owner: null,
      priority: 'high',
      depends_on: ['TASK-001'],
      write_scope: ['src/names.ts', 'test/**'],
      read_scope: ['README.md'],
      acceptance: ['npm test passes', 'a, b'],
      handoff_file: '.codex/handoffs/TASK-002.md',
      branch: null,
      worktree: null,
      base_commit: null,
      revision: 2,
    })
    const board = parse(await readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')) as {tasks: Task[]}
    expect(board.tasks[1]).to.deep.equal(task)
    expect(await machine.json(['show-task', 'TASK-002'], {cwd})).to.deep.equal({task})
  })

  it('tells a person the number, and leaves a handoff', async () => {
    const cwd = await aProject()
    expect(printed(await machine.run(['create-task', 'Refuse empty names'], {cwd}))).to.deep.equal([
      'Created TASK-001: Refuse empty names',
    ])
    expect(await readFile(path.join(cwd, '.codex/handoffs/TASK-001.md'), 'utf8')).to.match(
      /^# TASK-001: Refuse empty names\n[^]*\n## Notes\n$/,
    )
    expect(printed(await machine.run(['show-handoff', 'TASK-001', '--path-only'], {cwd}))).to.deep.equal([
      path.join(cwd, '.codex/handoffs/TASK-001.md'),
    ])
  })

  it('keeps the handoff where the write scope puts it', async () => {
    const cwd = await aProject()
    const {task} = await machine.json<{task: Task}>(
      ['create-task', 'One', '--write-scope', '.codex/handoffs/names.md'],
      {cwd},
    )
    expect(task.handoff_file).to.equal('.codex/handoffs/names.md')
    expect(await readFile(path.join(cwd, '.codex/handoffs/names.md'), 'utf8')).to.match(/^# TASK-001: One\n/)
  })

  it('takes a title that looks like a flag, in every script', async () => {
    const cwd = await aProject()
    for (const title of [
      '--dangerous',
      '-x',
      '拒绝空的名称 🚀',
      `it's "quoted" $(id) \`id\``,
      '*alias: [x] # no',
      '!!js/function',
      'yes',
      '0x1F',
    ]) {
      const {task} = await machine.json<{task: Task}>(['create-task', '--', title], {cwd})
      expect(task.title).to.equal(title)
      expect((await machine.json<{task: Task}>(['show-task', task.id], {cwd})).task.title).to.equal(title)
    }
  })

  describe('refuses, and the board stays as it is:', () => {
    let cwd: string
    let before: string
    const board = () => readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')
    beforeEach(async () => {
      cwd ??= await aProject()
      before ??= await board()
    })

    const scope = 'a scope is relative to the repository and stays inside it.'
    const table: [what: string, argv: string[], code: string, message: string][] = [
      ['an empty title', [''], 'INVALID_ARGUMENT', 'title is empty.'],
      ['a blank title', ['   '], 'INVALID_ARGUMENT', 'title is empty.'],
      [
        'an escape sequence in the title (D8)',
        ['a\u001b[31mb'],
        'INVALID_ARGUMENT',
        'title must be one line without control characters.',
      ],
      [
        'a bell in the title (D8)',
        ['a\u0007b'],
        'INVALID_ARGUMENT',
        'title must be one line without control characters.',
      ],
      [
        'a control of the upper half (D8)',
        ['a\u009bb'],
        'INVALID_ARGUMENT',
        'title must be one line without control characters.',
      ],
      [
        'a title of two lines (D4)',
        ['a\n\n# b'],
        'INVALID_ARGUMENT',
        'title must be one line without control characters.',
      ],
      [
        'a title that is too long (D7)',
        ['x'.repeat(201)],
        'INVALID_ARGUMENT',
        'title has 201 characters; at most 200 are kept.',
      ],
      [
        'a scope outside (C1)',
        ['a', '--write-scope', '../../.bashrc'],
        'INVALID_ARGUMENT',
        `write_scope holds "../../.bashrc"; ${scope}`,
      ],
      [
        'an absolute scope (C1)',
        ['a', '--write-scope', '/etc/cron.d/x'],
        'INVALID_ARGUMENT',
        `write_scope holds "/etc/cron.d/x"; ${scope}`,
      ],
      [
        'a dependency that is not there',
        ['a', '--depends-on', 'TASK-077'],
        'TASK_NOT_FOUND',
        'There is no task TASK-077 on this board.',
      ],
      [
        'a dependency that is no id',
        ['a', '--depends-on', 'yes'],
        'INVALID_ARGUMENT',
        'A task id looks like TASK-001.',
      ],
    ]
    for (const [what, argv, code, message] of table) {
      it(what, async () => {
        const told = await machine.refusal(['create-task', ...argv], {cwd})
        expect({code: told.code, message: told.message, exit: told.exit}).to.deep.equal({
          code,
          message,
          exit: code === 'TASK_NOT_FOUND' ? 1 : 2,
        })
        expect(await board()).to.equal(before)
      })
    }

    for (const protectedPath of [
      '.codex/config.toml',
      '.codex/board/tasks.yaml',
      '.git/hooks/pre-commit',
      '.agents/plugins/x.json',
      '.CODEX/x',
      './.git/config',
      '.codex/handoffs/../board/tasks.yaml',
    ]) {
      it(`a write scope that steers tools: ${protectedPath} (C2, C3)`, async () => {
        const {code, exit} = await machine.refusal(['create-task', 'a', '--write-scope', protectedPath], {cwd})
        expect({code, exit}).to.deep.equal({code: 'INVALID_ARGUMENT', exit: 2})
        expect(await board()).to.equal(before)
      })
    }
  })
})

describe('update-task', () => {
  it('sets what is given, adds to lists, and leaves the rest', async () => {
    const cwd = await aProject()
    const created = await machine.json<{task: Task}>(
      ['create-task', 'One', '--acceptance', 'a', '--write-scope', 'x'],
      {cwd},
    )
    const argv = [
      'update-task',
      'TASK-001',
      '--title',
      'Two',
      '--priority',
      'low',
      '--owner',
      'me',
      '--acceptance',
      'b',
      '--write-scope',
      'x',
    ]
    const {task} = await machine.json<{task: Task}>(argv, {cwd})
    expect(task).to.deep.equal({
      ...created.task,
      title: 'Two',
      priority: 'low',
      owner: 'me',
      acceptance: ['a', 'b'],
      updated_at: task.updated_at,
      revision: 2,
    })
  })

  it('empties a list before it adds, and takes the owner away', async () => {
    const cwd = await aProject()
    await machine.json(['create-task', 'One', '--acceptance', 'a', '--read-scope', 'r', '--write-scope', 'w'], {cwd})
    await machine.json(['update-task', 'TASK-001', '--owner', 'me'], {cwd})
    const argv = [
      'update-task',
      'TASK-001',
      '--clear-acceptance',
      '--acceptance',
      'b',
      '--clear-read-scope',
      '--clear-owner',
    ]
    const {task} = await machine.json<{task: Task}>(argv, {cwd})
    const {acceptance, read_scope, write_scope, owner} = task
    expect({acceptance, read_scope, write_scope, owner}).to.deep.equal({
      acceptance: ['b'],
      read_scope: [],
      write_scope: ['w'],
      owner: null,
    })
  })

  it('tells a person where the task stands', async () => {
    const cwd = await aProject()
    await machine.json(['create-task', 'One'], {cwd})
    expect(printed(await machine.run(['update-task', 'TASK-001', '--status', 'blocked'], {cwd}))).to.deep.equal([
      'TASK-001 is blocked: One',
    ])
  })

  it('makes a handoff again that is gone, and changes nothing else when nothing else is asked for', async () => {
    const cwd = await aProject()
    await machine.json(['create-task', 'One'], {cwd})
    const page = path.join(cwd, '.codex/handoffs/TASK-001.md')
    const before = [await readFile(page, 'utf8'), await readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')]
    await rm(page)
    const {task} = await machine.json<{task: Task}>(['update-task', 'TASK-001'], {cwd})
    expect(task.revision).to.equal(1)
    const after = [await readFile(page, 'utf8'), await readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')]
    expect(after).to.deep.equal(before)
    await writeFile(page, 'Own words.')
    await machine.json(['update-task', 'TASK-001', '--title', 'Two'], {cwd})
    expect(await readFile(page, 'utf8')).to.equal('Own words.')
  })

  it('names the moves that are allowed when one is not, and changes nothing (G12)', async () => {
    const cwd = await aProject()
    const table: [from: Task['status'], to: string, next: string][] = [
      ['todo', 'done', 'From there it can become in_progress, blocked, cancelled.'],
      ['in_progress', 'done', 'From there it can become review_ready, needs_input, blocked, todo, cancelled.'],
      ['needs_input', 'review_ready', 'From there it can become in_progress, todo, cancelled.'],
      ['blocked', 'done', 'From there it can become in_progress, todo, cancelled.'],
      ['review_ready', 'todo', 'From there it can become done, in_progress, cancelled.'],
      ['done', 'in_progress', 'That is final.'],
      ['cancelled', 'todo', 'That is final.'],
    ]
    await putOnBoard(cwd, {tasks: table.map(([status]) => ({status}))})
    const before = await readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')
    for (const [index, [from, to, next]] of table.entries()) {
      const id = `TASK-00${index + 1}`
      expect(await machine.refusal(['update-task', id, '--status', to], {cwd})).to.deep.equal({
        exit: 1,
        code: 'INVALID_TRANSITION',
        message: `${id} is ${from} and cannot become ${to}. ${next}`,
        suggestions: [`codex-planner show-task ${id}`],
        retryable: false,
      })
    }
    expect(await readFile(path.join(cwd, '.codex/board/tasks.yaml'), 'utf8')).to.equal(before)
  })

  it('refuses a task that would wait for itself', async () => {
    const cwd = await aProject()
    await putOnBoard(cwd, {tasks: [{}, {depends_on: ['TASK-001']}, {depends_on: ['TASK-002']}]})
    const {code, message} = await machine.refusal(['update-task', 'TASK-001', '--depends-on', 'TASK-003'], {cwd})
    expect({code, message}).to.deep.equal({code: 'INVALID_ARGUMENT', message: 'TASK-001 would depend on itself.'})
  })

  it('loses none of the changes that are made at once', async () => {
    const cwd = await aProject()
    await machine.json(['create-task', 'One'], {cwd})
    const words = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(words.map(word => machine.json(['update-task', 'TASK-001', '--acceptance', word], {cwd})))
    const {task} = await machine.json<{task: Task}>(['show-task', 'TASK-001'], {cwd})
    expect(task.acceptance.toSorted()).to.deep.equal(words)
    expect(task.revision).to.equal(7)
  })
})

describe('list-tasks', () => {
  let cwd: string

  before(async () => {
    cwd = await aProject()
    await putOnBoard(cwd, {
      tasks: [
        {title: 'Ready'},
        {title: 'Waits for a task', depends_on: ['TASK-001']},
        {title: 'Runs', status: 'in_progress', owner: 'worker-task-003', priority: 'high'},
        {title: 'Asks', status: 'needs_input', owner: 'worker-task-004'},
        {title: 'Is back', status: 'review_ready'},
        {title: 'Is done', status: 'done'},
        {title: 'Is off', status: 'cancelled'},
        {title: 'Waits for what is done', depends_on: ['TASK-006']},
      ],
    })
  })

  const ids = async (...argv: string[]) => {
    const {tasks} = await machine.json<TaskPage>(['list-tasks', ...argv], {cwd})
    return tasks.map(({id}) => Number(id.slice('TASK-'.length)))
  }

  it('answers with the tasks, how many, how they stand, and where the next page begins', async () => {
    const answer = await machine.json<TaskPage>(['list-tasks', '--limit', '1'], {cwd})
    expect(Object.keys(answer)).to.deep.equal(['tasks', 'total', 'by_status', 'next_cursor'])
    expect(answer.tasks).to.deep.equal([(await machine.json<{task: Task}>(['show-task', 'TASK-001'], {cwd})).task])
    expect({...answer, tasks: []}).to.deep.equal({
      tasks: [],
      total: 6,
      by_status: {todo: 3, in_progress: 1, needs_input: 1, review_ready: 1, done: 1, cancelled: 1},
      next_cursor: 'TASK-001',
    })
  })

  const table: [what: string, argv: string[], expected: number[]][] = [
    ['what is open', [], [1, 2, 3, 4, 5, 8]],
    ['everything', ['--all'], [1, 2, 3, 4, 5, 6, 7, 8]],
    ['one state', ['--status', 'needs_input'], [4]],
    ['several states', ['--status', 'done', '--status', 'review_ready'], [5, 6]],
    ['what one session has', ['--owner', 'worker-task-003'], [3]],
    ['what nobody has', ['--owner', 'nobody'], []],
    ['what a worker could start on', ['--ready'], [1, 8]],
    ['what is ready and in a state that cannot be', ['--ready', '--status', 'done'], []],
  ]
  for (const [what, argv, expected] of table) {
    it(`shows ${what}: ${argv.join(' ') || 'no flag'}`, async () => expect(await ids(...argv)).to.deep.equal(expected))
  }

  it('shows each task on exactly one page (G4)', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    for (let page = 0; page < 10; page += 1) {
      const more: string[] = cursor === null ? [] : ['--cursor', cursor]
      const answer: TaskPage = await machine.json<TaskPage>(['list-tasks', '--all', '--limit', '3', ...more], {cwd})
      seen.push(...answer.tasks.map(({id}) => id))
      cursor = answer.next_cursor
      if (cursor === null) break
    }
    expect(seen).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8].map(number => `TASK-00${number}`))
  })

  for (const cursor of ['', 'TASK-1', 'x'.repeat(100_000), '../etc', '{"a":1}']) {
    it(`refuses a cursor that it never gave: ${JSON.stringify(cursor.slice(0, 12))} (G3)`, async () => {
      const {exit, code, suggestions} = await machine.refusal(['list-tasks', '--cursor', cursor], {cwd})
      expect({exit, code, suggestions}).to.deep.equal({
        exit: 2,
        code: 'CURSOR_INVALID',
        suggestions: ['codex-planner list-tasks'],
      })
    })
  }

  it('prints a table, and on a long list how to go on', async () => {
    expect(printed(await machine.run(['list-tasks', '--limit', '3'], {cwd}))).to.deep.equal([
      'TASK      STATUS       PRIORITY  OWNER            DEPENDS ON  TITLE',
      'TASK-001  todo         normal    -                -           Ready',
      'TASK-002  todo         normal    -                TASK-001    Waits for a task',
      'TASK-003  in_progress  high      worker-task-003  -           Runs',
      '3 of 6. More: codex-planner list-tasks --cursor TASK-003',
    ])
  })

  it('says that nothing matches', async () => {
    expect(printed(await machine.run(['list-tasks', '--owner', 'nobody'], {cwd}))).to.deep.equal(['No task matches.'])
  })

  it('prints the same answer as YAML and as JSON', async () => {
    const answer = await machine.json<TaskPage>(['list-tasks', '--all'], {cwd})
    const yaml = await machine.run(['list-tasks', '--all', '--format', 'yaml'], {cwd})
    const json = await machine.run(['list-tasks', '--all', '--format', 'json'], {cwd})
    expect(parse(printed(yaml).join('\n'))).to.deep.equal(answer)
    expect(JSON.parse(printed(json).join('\n'))).to.deep.equal(answer)
  })
})

const HIDDEN = 'a\u202eb\u200bc\u{e0041}d'
const SHOWN = 'a\\u{202e}b\\u{200b}c\\u{e0041}d'

describe('titles that are not plain', () => {
  it('are kept as they are, and shown with what they hide (A-078, D8)', async () => {
    const cwd = await aProject()
    const texts = [
      await machine.run(['create-task', HIDDEN, '--description', HIDDEN, '--acceptance', HIDDEN], {cwd}),
      await machine.run(['update-task', 'TASK-001', '--owner', 'me'], {cwd}),
      await machine.run(['list-tasks'], {cwd}),
      await machine.run(['show-task', 'TASK-001'], {cwd}),
      await machine.run(['show-handoff', 'TASK-001'], {cwd}),
    ].map(ran => printed(ran).join('\n'))
    for (const text of texts)
      expect(text)
        .to.contain(SHOWN)
        .and.not.match(/[\u202e\u200b\u{e0041}]/u)
    const {task} = await machine.json<{task: Task}>(['show-task', 'TASK-001'], {cwd})
    expect([task.title, task.description, ...task.acceptance]).to.deep.equal([HIDDEN, HIDDEN, HIDDEN])
  })
})

describe('show-task', () => {
  it('shows what hides in a branch and a folder that a person named (A-041)', async () => {
    const cwd = await aProject()
    const base_commit = '0123456789abcdef0123456789abcdef01234567'
    await putOnBoard(cwd, {tasks: [{branch: `feature/${HIDDEN}`, worktree: `/srv/${HIDDEN}`, base_commit}]})
    expect(printed(await machine.run(['show-task', 'TASK-001'], {cwd}))).to.include(
      `Branch feature/${SHOWN} in /srv/${SHOWN}, from ${base_commit}`,
    )
  })

  it('prints a task whole for a person', async () => {
    const cwd = await aProject()
    await putOnBoard(cwd, {
      tasks: [
        {title: 'Base'},
        {
          title: 'Refuse empty names',
          description: 'Why.\nHow.',
          status: 'in_progress',
          owner: 'worker-task-002',
          priority: 'high',
          depends_on: ['TASK-001'],
          write_scope: ['src/a.ts'],
          read_scope: ['README.md'],
          acceptance: ['npm test passes', 'two\nlines'],
          branch: 'codex/task-002-refuse',
          worktree: '/srv/tree',
          base_commit: '0123456789abcdef0123456789abcdef01234567',
        },
      ],
    })
    expect(printed(await machine.run(['show-task', 'TASK-002'], {cwd}))).to.deep.equal([
      'TASK-002  Refuse empty names',
      'in_progress, high priority, owner worker-task-002',
      'Branch codex/task-002-refuse in /srv/tree, from 0123456789abcdef0123456789abcdef01234567',
      'Handoff .codex/handoffs/TASK-002.md',
      ...['', 'Why.', 'How.'],
      ...['', 'Acceptance:', '  - npm test passes', '  - two', '    lines'],
      ...['', 'May change:', '  - src/a.ts'],
      ...['', 'Read first:', '  - README.md'],
      ...['', 'Depends on:', '  - TASK-001'],
    ])
  })

  it('says that a repository has no board yet, and how it gets one', async () => {
    const cwd = await machine.repository('no-board')
    for (const argv of [
      ['show-task', 'TASK-001'],
      ['list-tasks'],
      ['list-sessions'],
      ['create-task', 'One'],
      ['wait-events', '--after', '0'],
    ]) {
      expect(await machine.refusal(argv, {cwd})).to.deep.equal({
        exit: 1,
        code: 'NOT_INITIALIZED',
        message: `There is no board in ${cwd}.`,
        suggestions: ['codex-planner init'],
        retryable: false,
      })
    }
  })
})
