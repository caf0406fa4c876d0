import {readFile, rm, writeFile} from 'node:fs/promises'
import {expect} from 'chai'
import fc from 'fast-check'

import {addSession, changeSession} from '../../src/domain/session.ts'
import {addTask, changeTask, taskOf} from '../../src/domain/task.ts'
import {initBoard, openBoard} from '../../src/store/board.ts'
import {parsedBoard} from '../support/parsed-board.ts'
import {aSession, NOW, refusal, removeTempProjects, tempBoard, tempProject} from './temp-project.ts'

describe('the board', () => {
  after(removeTempProjects)

  it('is kept as two files that tell a person how to edit them', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'Sort the list', acceptance: ['It is sorted.']}, NOW))
    await board.change(before => [addSession(before, aSession({terminal: {pane: '%1', window: 2}})), null])
    expect(await readFile(paths.board.tasks, 'utf8')).to.equal(`\
# The tasks of this repository. Edit this file by hand whenever you like, also while codex-planner runs: comments,
# order and whatever you write stay. A new task needs an id that was never used (TASK-007) and a title.
revision: 1
last_task: 1
tasks:
  - id: TASK-001
    title: Sort the list
    description: ""
    status: todo
    owner: null
    priority: normal
    depends_on: []
    write_scope: []
    read_scope: []
    acceptance:
      - It is sorted.
    handoff_file: .codex/handoffs/TASK-001.md
    branch: null
    worktree: null
    base_commit: null
    created_at: "2026-01-31T12:00:00Z"
    updated_at: "2026-01-31T12:00:00Z"
    revision: 1
`)
    expect(await readFile(paths.board.sessions, 'utf8')).to.equal(`\
# The Codex sessions of this repository, one entry per start; codex-planner writes it. Comments and order stay.
revision: 2
sessions:
  - name: planner
    role: planner
    task_id: null
    status: running
    backend: tmux
    terminal:
      pane: "%1"
      window: 2
    codex_session_id: null
    prompt_file: .codex/state/rendered_prompts/planner.md
    worktree: /srv/project
    run: planner-1
    started_at: "2026-01-31T12:00:00Z"
    ended_at: null
    exit: null
    ending: null
    told_revision: 0
    wake_revision: null
    wake_at: null
    idle_revision: null
    attention: null
    revision: 2
`)
  })

  it('changes only the lines of what changed and keeps a person’s own layout byte for byte', async () => {
    const {paths, board} = await tempBoard()
    const written = `%YAML 1.2
---
# My board

last_task:   9   # do not reuse


tasks:
- title:  'Second'     # first key is no id
  id: TASK-002


  status:   todo   # waits for Ana
  acceptance:   # in order
    - one    # easy

    - "two"
  owner:
  description: >-
    folded
    text

  # the end of the second
- {id: TASK-003, title: flow style}
- id: TASK-004
  title: last
  tags_are: not known
# after all tasks
revision: 4
`.replace('  tags_are: not known\n', '')
    await writeFile(paths.board.tasks, written)
    await board.change(before => {
      const change = {
        status: 'in_progress',
        owner: 'worker-task-002',
        acceptance: ['one', 'two', 'three: last'],
      } as const
      return changeTask(before, 'TASK-002', {...change, acceptance: [...change.acceptance]}, NOW)
    })
    const text = await readFile(paths.board.tasks, 'utf8')
    const created = /created_at: (".*")\n/.exec(text)?.[1]
    expect(text).to.equal(
      written
        .replace('status:   todo   #', 'status:   in_progress   #')
        .replace('    - "two"\n', '    - "two"\n    - "three: last"\n')
        .replace('owner:\n', 'owner: worker-task-002\n')
        .replace('revision: 4', 'revision: 5')
        .replace(
          '    text\n',
          `    text\n  updated_at: "2026-01-31T12:00:00Z"\n  revision: 5\n  created_at: ${created}\n`,
        )
        .replace('title: flow style}', `title: flow style, revision: 5, created_at: ${created}}`)
        .replace('  title: last\n', `  title: last\n  revision: 5\n  created_at: ${created}\n`),
    )
  })

  it('is printed anew, comments included, when an entry is in a shape that cannot be changed in place', async () => {
    const {paths, board} = await tempBoard()
    await writeFile(
      paths.board.tasks,
      `# mine\ntasks: [{id: TASK-003, title: flow style, created_at: 2026-01-01}] # short\n`,
    )
    await board.change(before => changeTask(before, 'TASK-003', {status: 'blocked'}, NOW))
    expect(await readFile(paths.board.tasks, 'utf8')).to.equal(
      `# mine
tasks: [ { id: TASK-003, title: flow style, created_at: 2026-01-01, status: blocked, updated_at: 2026-01-31T12:00:00Z, revision: 1 } ] # short
revision: 1
last_task: 0
`,
    )
  })

  it('takes a task that a person wrote with nothing but an id and a title', async () => {
    const {paths, board} = await tempBoard()
    await writeFile(paths.board.tasks, 'tasks:\n  - id: TASK-007\n    title: By hand\n    description:\n')
    const [task] = (await board.read()).tasks
    expect({...task, created_at: '', updated_at: ''}).to.deep.equal({
      id: 'TASK-007',
      title: 'By hand',
      description: '',
      status: 'todo',
      owner: null,
      priority: 'normal',
      depends_on: [],
      write_scope: [],
      read_scope: [],
      acceptance: [],
      handoff_file: '.codex/handoffs/TASK-007.md',
      branch: null,
      worktree: null,
      base_commit: null,
      created_at: '',
      updated_at: '',
      revision: 0,
    })
    const {value} = await board.change(before => addTask(before, {title: 'Next'}, NOW))
    expect(value.id).to.equal('TASK-008')
  })

  it('bears one revision for both files and stamps it on what changed alone', async () => {
    const {board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    await board.change(before => addTask(before, {title: 'Two'}, NOW))
    const {board: after} = await board.change(before => {
      const [changed] = changeTask(before, 'TASK-002', {status: 'in_progress'}, NOW)
      return [addSession(changed, aSession()), null]
    })
    expect(after.revision).to.equal(3)
    expect(after.tasks.map(task => task.revision)).to.deep.equal([1, 3])
    expect(after.sessions.map(session => session.revision)).to.deep.equal([3])
    expect(await board.read()).to.deep.equal(after)
  })

  it('is not written by a change that changes nothing', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'One'}, NOW))
    const before = await readFile(paths.board.tasks, 'utf8')
    const {board: after} = await board.change(board => [changeSession(board, 'no-such-run', {status: 'lost'}), null])
    expect(after.revision).to.equal(1)
    expect(await readFile(paths.board.tasks, 'utf8')).to.equal(before)
  })

  it('does the work that belongs to a change before the change can be seen', async () => {
    const {board} = await tempBoard()
    const seen: unknown[] = []
    await board.change(
      before => addTask(before, {title: 'One'}, NOW),
      async (after, task) => {
        seen.push(taskOf(after, task.id).revision, (await board.read()).tasks.length)
      },
    )
    expect(seen).to.deep.equal([1, 0])
  })

  it('stays as it was when the work that belongs to a change goes wrong', async () => {
    const {board} = await tempBoard()
    const change = board.change(
      before => addTask(before, {title: 'One'}, NOW),
      async () => {
        throw new RangeError('no handoff')
      },
    )
    await change.then(
      () => expect.fail('it was written'),
      (error: Error) => expect(error.message).to.equal('no handoff'),
    )
    expect((await board.read()).tasks).to.deep.equal([])
  })

  it('A-084: takes no more than it can read again, and keeps room for what the tasks on it go through', async () => {
    const {paths, board} = await tempBoard()
    const large = {title: 'Large', acceptance: Array.from({length: 100}, () => 'x'.repeat(2000))}
    const many = Array.from({length: 22}, () => large)
    await board.change(before => [many.reduce((board, draft) => addTask(board, draft, NOW)[0], before), null])
    const kept = await readFile(paths.board.tasks, 'utf8')
    let alongside = 0
    const refused = await refusal(
      board.change(
        before => addTask(before, large, NOW),
        async () => void (alongside += 1),
      ),
    )
    expect(refused.code).to.equal('BOARD_FULL')
    expect(refused.message).to.match(
      /^\.codex\/board\/tasks\.yaml would have 46\d{5} bytes, and is nearly full at 4500000: take old entries out of it by hand\.$/,
    )
    expect([alongside, await readFile(paths.board.tasks, 'utf8')]).to.deep.equal([0, kept])
    await board.change(before => changeTask(before, 'TASK-022', {status: 'in_progress', owner: 'worker-task-022'}, NOW))
    expect(taskOf(await board.read(), 'TASK-022').status).to.equal('in_progress')
  })

  it('keeps any text a person or an agent can write (A-074, A-077)', async () => {
    const {paths, board} = await tempBoard()
    await board.change(before => addTask(before, {title: 'x'}, NOW))
    const text = fc.string({unit: 'binary', minLength: 1}).filter(value => value.isWellFormed())
    const lines = fc.array(fc.oneof(text, fc.constantFrom('', '  ', '- a', 'a: b', '# c', '\t', '|', '---', '...')))
    const any = fc.oneof(
      text,
      lines.map(all => all.join('\n')),
    )
    await fc.assert(
      fc.asyncProperty(any, any, async (description, item) => {
        const {board: written} = await board.change(before => {
          const tasks = before.tasks.map(task => ({...task, description, acceptance: [item, item], branch: item}))
          return [{...before, tasks}, null]
        })
        const read = await parsedBoard(paths)
        expect(read).to.deep.equal(written)
        expect(read.tasks[0]).to.include({description, branch: item})
      }),
      {
        numRuns: 150,
        examples: [
          ['  \n\t\n', '\t\n x'],
          ['x', ' \n\ny'],
        ],
      },
    )
  })

  for (const text of [
    'no',
    'null',
    '~',
    '0o17',
    '12:30:45',
    '1e999',
    '2026-01-31',
    '<<',
    '\u0085',
    '\ufeff',
    'a\r\nb',
    '\u2028',
  ]) {
    it(`keeps ${JSON.stringify(text)} as text, also for older YAML readers (A-074)`, async () => {
      const {paths, board} = await tempBoard()
      await board.change(before => addTask(before, {title: 'x', acceptance: []}, NOW))
      await board.change(before => [{...before, tasks: before.tasks.map(task => ({...task, branch: text}))}, null])
      expect((await board.read()).tasks[0]?.branch).to.equal(text)
      expect(await readFile(paths.board.tasks, 'utf8')).to.match(/branch: ["']/)
    })
  }
})

describe('a board that is not there', () => {
  after(removeTempProjects)

  it('is made by init, file by file, and never made over again (F-001)', async () => {
    const paths = await tempProject()
    expect(await initBoard(paths)).to.deep.equal({
      created: ['.codex/board/tasks.yaml', '.codex/board/sessions.yaml'],
      kept: [],
      warnings: [],
    })
    await writeFile(paths.board.tasks, 'tasks: [] # mine\n')
    await rm(paths.board.sessions)
    expect(await initBoard(paths)).to.deep.equal({
      created: ['.codex/board/sessions.yaml'],
      kept: ['.codex/board/tasks.yaml'],
      warnings: [],
    })
    expect(await readFile(paths.board.tasks, 'utf8')).to.equal('tasks: [] # mine\n')
  })

  it('is named with the command that makes it, and leaves nothing behind', async () => {
    const paths = await tempProject()
    const expected = {
      code: 'NOT_INITIALIZED',
      message: `There is no board in ${paths.root}.`,
      suggestions: ['codex-planner init'],
    }
    expect(await refusal(openBoard(paths).read())).to.deep.equal(expected)
    expect(await refusal(openBoard(paths).change(board => [board, null]))).to.deep.equal(expected)
    expect(await readFile(paths.lock).catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT')
  })

  it('counts as empty in the half that init had not made yet (F-002)', async () => {
    const {paths, board} = await tempBoard()
    await rm(paths.board.sessions)
    expect((await board.read()).sessions).to.deep.equal([])
    await board.change(before => [addSession(before, aSession()), null])
    expect((await board.read()).sessions).to.have.length(1)
  })

  it('is reported with its newest good copy when it vanished, and init does not hide that (F-099)', async () => {
    const {paths, board} = await tempBoard()
    const {board: last} = await board.change(before => addTask(before, {title: 'One'}, NOW))
    await rm(paths.codex, {recursive: true})
    const copy = `${paths.good}/tasks.yaml/latest`
    const gone = {code: 'CORRUPT_BOARD', message: '.codex/board/tasks.yaml is gone, but it held entries.'}
    const cp = `cp ${copy} ${paths.board.tasks}`
    const mkdir = `mkdir -p ${paths.board.folder} && ${cp}`
    expect(await refusal(board.read())).to.deep.equal({...gone, suggestions: [mkdir]})
    expect(await refusal(board.change(before => [before, null]))).to.deep.equal({...gone, suggestions: [mkdir]})
    expect(await refusal(initBoard(paths))).to.deep.equal({...gone, suggestions: [cp]})
    await writeFile(paths.board.tasks, await readFile(copy))
    expect(await refusal(board.read())).to.deep.equal({
      code: 'CORRUPT_BOARD',
      message: '.codex/board/sessions.yaml is gone, but .codex/board/tasks.yaml holds entries.',
      suggestions: ['codex-planner init'],
    })
    await initBoard(paths)
    expect(await board.read()).to.deep.equal(last)
  })

  it('is missed when the other half still holds entries', async () => {
    const {paths, board} = await tempBoard()
    await writeFile(paths.board.tasks, 'tasks:\n  - {id: TASK-001, title: One}\n')
    await rm(paths.board.sessions)
    expect(await refusal(board.read())).to.deep.equal({
      code: 'CORRUPT_BOARD',
      message: '.codex/board/sessions.yaml is gone, but .codex/board/tasks.yaml holds entries.',
      suggestions: ['codex-planner init'],
    })
  })
})
