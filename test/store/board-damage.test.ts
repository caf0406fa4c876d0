import {execFileSync} from 'node:child_process'
import {chmod, link, mkdir, readFile, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'chai'

import {addTask} from '../../src/domain/task.ts'
import {NOW, refusal, removeTempProjects, tempBoard} from './temp-project.ts'

const task = (lines: string): string => `tasks:\n  - id: TASK-001\n    title: One\n${lines}`
const session = (changes: Record<string, string>): string => {
  const fields = {
    name: 'planner',
    status: 'running',
    backend: 'tmux',
    prompt_file: '.codex/state/rendered_prompts/planner.md',
    worktree: '/srv/project',
    run: 'planner-1',
    started_at: '2026-01-31T12:00:00Z',
    ...changes,
  }
  const lines = Object.entries(fields).map(([key, value]) => `    ${key}: ${value}\n`)
  return `sessions:\n  -\n${lines.join('')}`
}

const TASKS_FAULTS: [what: string, text: string | Uint8Array, sentence: string][] = [
  ['nothing at all (F-097)', '', ': the file is empty.'],
  ['comments alone', '# nothing\n', ': the file is empty.'],
  ['an alias (A-069)', 'tasks: &a\n  - *a\n', ' line 2, column 3: anchors (&name) are not used here.'],
  ['an alias of nothing', 'tasks: *a\n', ' line 1, column 8: aliases (*name) are not used here; write the text out.'],
  ['an anchor', 'tasks: &a []\n', ' line 1, column 11: anchors (&name) are not used here.'],
  [
    'a tag that runs code elsewhere (A-071)',
    task('    owner: !!js/function x\n'),
    ' line 4, column 12: tags (!name) are not used here.',
  ],
  ['binary data (A-072)', task('    owner: !!binary aGk=\n'), ' line 4, column 21: tags (!name) are not used here.'],
  ['a key twice (A-073)', task('    title: Two\n'), ' line 4, column 5: this key stands twice in the same entry.'],
  [
    'a second document (A-073)',
    'tasks: []\n---\ntasks: []\n',
    ' line 2, column 1: a second document (---) begins here; the file is one.',
  ],
  ['a tab (A-073)', 'tasks:\n\t- id: TASK-001\n', ' line 2, column 1: a tab is used to indent; YAML wants spaces.'],
  [
    'a merge conflict (A-073, F-097)',
    'tasks: []\n<<<<<<< HEAD\nrevision: 1\n=======\nrevision: 2\n>>>>>>> other\n',
    ' line 2, column 1: a merge conflict was left in the file.',
  ],
  [
    'half a line (F-097)',
    task('    stat'),
    ' line 4, column 5: a quote, bracket or colon is missing before this place.',
  ],
  [
    'an open quote (F-097)',
    task('    description: "never closed\n'),
    ' line 5, column 1: a quote, bracket or colon is missing before this place.',
  ],
  ['bytes that are not UTF-8 (G13)', new Uint8Array([0x74, 0xff, 0xfe]), ': it is not UTF-8 text.'],
  [
    '50 MB (A-075, G13)',
    new Uint8Array(50_000_000).fill(0x20),
    ': it has 50000000 bytes; a board file has at most 5000000.',
  ],
  [
    'a newer format (F-100, F-117)',
    'format: 2\ntasks: []\n',
    ' line 1, column 9: the file has format 2, made by a newer codex-planner; this one knows format 1.',
  ],
  [
    'a list instead of keys',
    '- id: TASK-001\n',
    ' line 1, column 1: the file is a list; keys and values belong at its top.',
  ],
  [
    'an unknown key at the top',
    'task: []\n',
    ' line 1, column 1: the file has the unknown key "task"; the nearest known one is tasks.',
  ],
  [
    'an unknown key in a task',
    task('    staus: done\n'),
    ' line 4, column 5: TASK-001 has the unknown key "staus"; the nearest known one is status.',
  ],
  [
    '__proto__ (A-066)',
    task('    __proto__: {polluted: 1}\n'),
    ' line 4, column 5: TASK-001 has the unknown key "__proto__"; the nearest known one is priority.',
  ],
  [
    'tasks that are no list',
    'tasks: one\n',
    ' line 1, column 8: tasks of the file is "one"; accepted is a list of tasks.',
  ],
  [
    'a task that is no entry',
    'tasks:\n  - one\n',
    ' line 2, column 5: entry 1 of tasks is "one"; accepted is the keys of a task.',
  ],
  ['a task without a title', 'tasks:\n  - id: TASK-001\n', ' line 2, column 5: TASK-001 has no title.'],
  ['a task without an id', 'tasks:\n  - title: One\n', ' line 2, column 5: entry 1 of tasks has no id.'],
  [
    'an id of another kind (A-065)',
    'tasks:\n  - id: constructor\n    title: One\n',
    ' line 2, column 9: id of entry 1 of tasks is "constructor"; accepted is a task id such as TASK-001.',
  ],
  [
    'an id twice',
    task('  - id: TASK-001\n    title: Two\n'),
    ' line 4, column 9: id TASK-001 stands twice in the file.',
  ],
  [
    'a number for a title',
    'tasks:\n  - id: TASK-001\n    title: 42\n',
    ' line 3, column 12: title of TASK-001 is 42; accepted is text (put it in quotes).',
  ],
  [
    'a blank title',
    'tasks:\n  - id: TASK-001\n    title: "  "\n',
    ' line 3, column 12: title of TASK-001 is "  "; accepted is text that is not blank.',
  ],
  [
    'a status nobody knows',
    task('    status: doing\n'),
    ' line 4, column 13: status of TASK-001 is "doing"; accepted is todo, in_progress, blocked, needs_input, review_ready, done, cancelled.',
  ],
  [
    'an infinite priority (A-074)',
    task('    priority: 1e999\n'),
    ' line 4, column 15: priority of TASK-001 is Infinity; accepted is low, normal, high.',
  ],
  [
    'a revision of 25 digits (A-074)',
    'revision: 1000000000000000000000000\ntasks: []\n',
    ' line 1, column 11: revision of the file is 1e+24; accepted is a whole number.',
  ],
  [
    'a text for a list',
    task('    acceptance: It works\n'),
    ' line 4, column 17: acceptance of TASK-001 is "It works"; accepted is a list of texts.',
  ],
  [
    'a truth value in a list',
    task('    acceptance:\n      - ok\n      - true\n'),
    ' line 6, column 9: acceptance[2] of TASK-001 is true; accepted is text (put it in quotes).',
  ],
  [
    'a handoff outside its folder',
    task('    handoff_file: .codex/handoffs/../../README.md\n'),
    ' line 4, column 19: handoff_file of TASK-001 is ".codex/handoffs/../../README.md"; accepted is a page directly inside .codex/handoffs/, such as .codex/handoffs/TASK-001.md.',
  ],
  [
    'a relative worktree',
    task('    worktree: ../elsewhere\n'),
    ' line 4, column 15: worktree of TASK-001 is "../elsewhere"; accepted is an absolute folder.',
  ],
  [
    'an option for a commit',
    task('    base_commit: --output=x\n'),
    ' line 4, column 18: base_commit of TASK-001 is "--output=x"; accepted is a full commit id.',
  ],
  [
    'a time in words',
    task('    created_at: yesterday\n'),
    ' line 4, column 17: created_at of TASK-001 is "yesterday"; accepted is a time in UTC such as 2026-01-31T12:00:00Z.',
  ],
  [
    'a value that would move the cursor',
    task('    status: "a\\e[2Jb"\n'),
    ' line 4, column 13: status of TASK-001 is "a\\u001b[2Jb"; accepted is todo, in_progress, blocked, needs_input, review_ready, done, cancelled.',
  ],
]

const SESSIONS_FAULTS: [what: string, text: string, sentence: string][] = [
  [
    'a name of another kind',
    session({name: 'boss'}),
    ' line 3, column 11: name of entry 1 of sessions is "boss"; accepted is planner or a name such as worker-task-001.',
  ],
  [
    'a prompt outside its folder',
    session({prompt_file: '/etc/passwd'}),
    ' line 6, column 18: prompt_file of planner is "/etc/passwd"; accepted is a page directly inside .codex/state/rendered_prompts/.',
  ],
  [
    'a prompt that climbs out',
    session({prompt_file: '.codex/state/rendered_prompts/../../x.md'}),
    ' line 6, column 18: prompt_file of planner is ".codex/state/rendered_prompts/../../x.md"; accepted is a page directly inside .codex/state/rendered_prompts/.',
  ],
  [
    'a run that climbs out',
    session({run: '../../x'}),
    ' line 8, column 10: run of planner is "../../x"; accepted is small letters, digits and dashes.',
  ],
  [
    'a run twice',
    session({}) + session({}).slice('sessions:\n'.length),
    ' line 16, column 10: run planner-1 stands twice in the file.',
  ],
  [
    'a conversation that is an option',
    session({codex_session_id: '--last'}),
    ' line 10, column 23: codex_session_id of planner is "--last"; accepted is the UUID of a Codex conversation.',
  ],
  [
    'a terminal that is a command (A-061)',
    session({terminal: 'rm -rf ~'}),
    ' line 10, column 15: terminal of planner is "rm -rf ~"; accepted is keys and values.',
  ],
  [
    'a list inside a terminal',
    session({terminal: '{pane: [1]}'}),
    ' line 10, column 22: terminal.pane of planner is a list; accepted is text or a number.',
  ],
  [
    'an unknown key of an exit',
    session({exit: '{code: 1, at: 2026-01-31T12:00:00Z, sig: 9}'}),
    ' line 10, column 47: planner has the unknown key "sig"; the nearest known one is at.',
  ],
  ['no status', session({}).replace('    status: running\n', ''), ' line 3, column 5: planner has no status.'],
]

describe('a damaged board', () => {
  after(removeTempProjects)

  for (const [file, faults] of [
    ['tasks', TASKS_FAULTS],
    ['sessions', SESSIONS_FAULTS],
  ] as const) {
    for (const [what, text, sentence] of faults) {
      it(`is refused and left alone when ${file}.yaml holds ${what}`, async () => {
        const {paths, board} = await tempBoard()
        await writeFile(paths.board[file], text)
        const expected = {
          code: 'CORRUPT_BOARD',
          message: `.codex/board/${file}.yaml${sentence}`,
          suggestions: ['codex-planner doctor'],
        }
        expect(await refusal(board.read())).to.deep.equal(expected)
        expect(await refusal(board.change(before => addTask(before, {title: 'Two'}, NOW)))).to.deep.equal(expected)
        expect((await readFile(paths.board[file])).equals(Buffer.from(text))).to.equal(true)
      })
    }
  }

  for (const [what, text] of [
    ['5 000 brackets', `tasks: ${'['.repeat(5000)}`],
    ['3 000 levels', Array.from({length: 3000}, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
  ] as const) {
    it(`is refused for ${what} inside each other, and the process lives on (A-070)`, async () => {
      const {paths, board} = await tempBoard()
      await writeFile(paths.board.tasks, text)
      expect((await refusal(board.read())).message).to.match(
        /^\.codex\/board\/tasks\.yaml line \d+, column \d+: the entries are nested too deeply\.$/,
      )
    })
  }

  it('is refused for 90 aliases of a long text before they are written out (A-068)', async () => {
    const {paths, board} = await tempBoard()
    const aliases = Array.from({length: 90}, () => '      - *a\n').join('')
    await writeFile(paths.board.tasks, task(`    owner: &a ${'x'.repeat(100_000)}\n    acceptance:\n${aliases}`))
    expect((await refusal(board.read())).code).to.equal('CORRUPT_BOARD')
  })

  it('comes with the command that brings the newest good copy back (F-097)', async () => {
    const {paths, board} = await tempBoard()
    const {board: last} = await board.change(before => addTask(before, {title: 'One'}, NOW))
    await writeFile(paths.board.tasks, '')
    const {suggestions} = await refusal(board.read())
    expect(suggestions).to.deep.equal([`cp ${paths.good}/tasks.yaml/latest ${paths.board.tasks}`])
    execFileSync('sh', ['-c', String(suggestions)])
    expect(await board.read()).to.deep.equal(last)
  })
})

describe('a board file that is no plain file', () => {
  after(removeTempProjects)

  const inPlace: [what: string, make: (file: string) => unknown, kind: string][] = [
    ['a folder', file => mkdir(file), 'a folder'],
    ['a named pipe (A-059)', file => execFileSync('mkfifo', [file]), 'a named pipe'],
    ['a device (A-059)', file => execFileSync('mknod', [file, 'c', '1', '5']), 'a socket or device'],
  ]
  for (const [what, make, kind] of inPlace) {
    it(`is refused without waiting when it is ${what}`, async () => {
      const {paths, board} = await tempBoard()
      await rm(paths.board.tasks)
      await make(paths.board.tasks)
      expect(await refusal(board.read())).to.deep.equal({
        code: 'UNSAFE_FILE',
        message: `${paths.board.tasks} is ${kind}, not a plain file.`,
        suggestions: [`ls -ld ${paths.board.tasks}`],
      })
      expect((await refusal(board.change(before => addTask(before, {title: 'x'}, NOW)))).code).to.equal('UNSAFE_FILE')
    })
  }

  it('is refused when it is a link, and what the link names stays as it is (A-058)', async () => {
    const {paths, board} = await tempBoard()
    const target = join(paths.root, 'target')
    await rename(paths.board.tasks, target)
    await symlink(target, paths.board.tasks)
    const before = await readFile(target, 'utf8')
    expect(await refusal(board.change(before => addTask(before, {title: 'x'}, NOW)))).to.deep.equal({
      code: 'UNSAFE_FILE',
      message: `${paths.board.tasks} is a symbolic link, not a plain file.`,
      suggestions: [`ls -ld ${paths.board.tasks}`],
    })
    expect(await readFile(target, 'utf8')).to.equal(before)
  })

  for (const folder of ['codex', 'board'] as const) {
    it(`is refused when ${folder === 'codex' ? '.codex' : '.codex/board'} is a link to elsewhere (A-056, G14)`, async () => {
      const {paths, board} = await tempBoard()
      const path = folder === 'codex' ? paths.codex : paths.board.folder
      await rename(path, join(paths.root, 'elsewhere'))
      await symlink(join(paths.root, 'elsewhere'), path)
      expect(await refusal(board.read())).to.deep.equal({
        code: 'UNSAFE_FILE',
        message: `${path} is a symbolic link, not a real folder.`,
        suggestions: [`ls -ld ${path}`],
      })
    })
  }

  it('is written without touching another name of the same file (A-060)', async () => {
    const {paths, board} = await tempBoard()
    const other = join(paths.root, 'other-name')
    await link(paths.board.tasks, other)
    const before = await readFile(other, 'utf8')
    await board.change(before => addTask(before, {title: 'x'}, NOW))
    expect(await readFile(other, 'utf8')).to.equal(before)
  })

  it('keeps the permissions a person gave it', async () => {
    const {paths, board} = await tempBoard()
    await chmod(paths.board.tasks, 0o660)
    await board.change(before => addTask(before, {title: 'x'}, NOW))
    expect(execFileSync('stat', ['-c', '%a', paths.board.tasks], {encoding: 'utf8'})).to.equal('660\n')
  })
})
