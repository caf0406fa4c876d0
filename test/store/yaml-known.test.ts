import {readFile} from 'node:fs/promises'

import {expect} from 'chai'
import fc from 'fast-check'
import * as yaml from 'yaml'

import {addSession, changeSession, type SessionChange} from '../../src/domain/session.ts'
import {addTask, changeTask, type TaskChange} from '../../src/domain/task.ts'
import {parseBoardText} from '../../src/store/board-file.ts'
import {blocksOf} from '../../src/store/yaml-blocks.ts'
import {renumbered, reprinted} from '../../src/store/yaml-known.ts'
import {printEntries} from '../../src/store/yaml-print.ts'
import {type Edit, rewrite} from '../../src/store/yaml-rewrite.ts'
import {aSession, NOW, removeTempProjects, tempBoard} from './temp-project.ts'

const HEAD = '# the tasks\nrevision: 3\nlast_task: 2\ntasks:\n'

const odd = fc.oneof(
  fc.string({unit: 'binary'}).filter(text => text.isWellFormed()),
  fc.string({
    unit: fc.constantFrom(' ', '\n', '\t', '-', ':', '#', '"', "'", '|', '>', 'a', '0', '[', '{', '&', '*', '%', '\\'),
  }),
  fc.constantFrom(
    '- id: A',
    '# no comment',
    'yes',
    '1e3',
    '0x1F',
    'null',
    '~',
    '2026-01-31',
    '=',
    '<<',
    '---',
    'a\n\n',
    ' a',
    'a ',
  ),
)
const texts = fc.array(odd, {maxLength: 3})
const plain = {noNullPrototype: true}
const value = fc.oneof(
  odd,
  texts,
  fc.constant(null),
  fc.nat(),
  fc.record({code: fc.integer(), at: odd}, plain),
  fc.dictionary(
    fc.constantFrom('pane', 'window', 'server'),
    fc.oneof(odd, fc.double({noNaN: true, noDefaultInfinity: true})),
    plain,
  ),
)
const entry = fc.record(
  {
    id: fc.constantFrom('A', 'B'),
    title: odd,
    description: odd,
    acceptance: texts,
    more: value,
    revision: fc.nat(),
  },
  plain,
)
const changes = fc.record(
  {title: odd, description: odd, acceptance: texts, more: value, revision: fc.nat()},
  {requiredKeys: [], ...plain},
)
const indent = fc.constantFrom('', '  ', '    ')

function lines(entries: readonly object[], indentation: string): string {
  return `${printEntries(yaml, entries, indentation)}\n`
}

function edited(known: readonly object[], changed: Edit['changed'], added: readonly object[]): Edit {
  return {numbers: {revision: 4, last_task: 3}, list: 'tasks', key: 'id', known, changed, added}
}

describe('lines that this program has printed', () => {
  it('say what was printed, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(entry, {minLength: 1, maxLength: 3}), indent, (entries, indentation) => {
        expect(yaml.parse(`${HEAD}${lines(entries, indentation)}`)).to.deep.equal({
          revision: 3,
          last_task: 2,
          tasks: entries,
        })
      }),
      {numRuns: 1000},
    )
  })

  it('become what they became when they were parsed, to the letter', async () => {
    let known = 0
    await fc.assert(
      fc.asyncProperty(entry, entry, changes, fc.array(entry, {maxLength: 2}), indent, async (...drawn) => {
        const [first, second, changed, added, indentation] = drawn
        const entries = [
          {...first, id: 'A'},
          {...second, id: 'B'},
        ]
        const text = `${HEAD}${lines(entries, indentation)}`
        const edit = edited(entries, new Map([[1, changed]]), added)
        const quick = await rewrite(text, edit)
        const parsed = await rewrite(text, {...edit, known: [{id: 'A'}, {id: 'B'}]})
        expect(quick).to.equal(parsed)
        if (reprinted(yaml, lines([entries[1]!], indentation), {known: entries[1]!, changed, added}) !== undefined)
          known += 1
      }),
      {numRuns: 1000},
    )
    expect(known).to.be.greaterThan(300)
  })

  it('are told from those of a person', () => {
    const known = {id: 'A', title: 'One', owner: null}
    const text = lines([known], '  ')
    const edit = {known, changed: {title: 'Two'}, added: []}
    expect(reprinted(yaml, text, edit)).to.equal('  - id: A\n    title: Two\n    owner: null\n')
    for (const other of [
      text.replace('One', 'One # a comment'),
      text.replace('One', '"One"'),
      text.replace('owner: null', 'owner:'),
      text.replace('    owner: null\n', ''),
      `${text}\n`,
      `${text}# a comment\n`,
      text.slice(0, -1),
      '  - {id: A, title: One, owner: null}\n',
    ]) {
      expect(other).to.not.equal(text)
      expect(reprinted(yaml, other, edit), other).to.equal(undefined)
    }
  })
})

describe('a board that only this program has written', () => {
  after(removeTempProjects)

  it('has nothing but such lines, whatever its tasks and sessions went through', async () => {
    const {paths, board} = await tempBoard()
    for (const title of ['First', 'yes', '"quoted": #1']) await board.change(before => addTask(before, {title}, NOW))
    const changes: TaskChange[] = [
      {description: 'one line', depends_on: ['TASK-001']},
      {description: 'two\nlines\n', acceptance: ['one', 'two\nlines'], write_scope: ['src/a.ts']},
      {status: 'in_progress', branch: 'codex/task-002', worktree: '/srv/shop-worktrees/task-002'},
      {acceptance: ['one', 'two\nlines', 'three'], owner: 'worker-task-002', base_commit: '0'.repeat(40)},
      {status: 'review_ready', depends_on: [], description: ''},
      {status: 'done', write_scope: []},
    ]
    for (const change of changes) await board.change(before => changeTask(before, 'TASK-002', change, NOW))
    const session = aSession({name: 'worker-task-002', role: 'worker', task_id: 'TASK-002', run: 'worker-1'})
    for (const one of [aSession(), session]) await board.change(before => [addSession(before, one), null])
    for (const change of [
      {status: 'running', terminal: {server: '/tmp/tmux.sock', pane: '%1'}, wake_revision: 3},
      {terminal: {server: '/tmp/tmux.sock', pane: '%2', window: 4}, wake_revision: null, attention: 'asks: “what?”'},
      {ending: {status: 'closed', task_status: 'done', asked_at: NOW, asked_by: 'operator'}, attention: null},
      {status: 'closed', ended_at: NOW, exit: {code: 0, at: NOW}},
    ] as SessionChange[]) {
      await board.change(before => [changeSession(before, 'worker-1', change), null])
    }
    for (const list of ['tasks', 'sessions'] as const) {
      const text = await readFile(paths.board[list], 'utf8')
      const said = await parseBoardText(paths, list, text)
      const {head, blocks} = blocksOf(text, list) ?? {head: '', blocks: []}
      expect(blocks).to.have.length(list === 'tasks' ? 3 : 2)
      for (const [index, block] of blocks.entries())
        expect(reprinted(yaml, block, {known: said[list]?.[index] ?? {}, changed: {}, added: []})).to.equal(block)
      const numbers = {revision: said.revision, ...(list === 'tasks' ? {last_task: 3} : {})}
      expect(renumbered(head, list, numbers)).to.equal(head)
    }
  })
})

describe('the lines before the list', () => {
  it('get other numbers', () => {
    const head = '# a comment\n\nformat: 1\nrevision: 12\nlast_task: 0\n  # another\ntasks:\n  # before the first\n'
    expect(renumbered(head, 'tasks', {revision: 13, last_task: 1})).to.equal(
      head.replace('12', '13').replace('last_task: 0', 'last_task: 1'),
    )
  })

  for (const [what, head] of Object.entries({
    'a comment behind a number': 'revision: 3 # so far\nlast_task: 1\ntasks:\n',
    'a key that is missing': 'revision: 3\ntasks:\n',
    'a key that stands twice': 'revision: 3\nlast_task: 1\nrevision: 3\ntasks:\n',
    quotes: 'revision: "3"\nlast_task: 1\ntasks:\n',
    'a number in another form': 'revision: 0x3\nlast_task: 1\ntasks:\n',
    'an empty number': 'revision:\nlast_task: 1\ntasks:\n',
    'another list': 'others:\nrevision: 3\nlast_task: 1\ntasks:\n',
    'a key behind that of the list': 'revision: 3\ntasks:\nlast_task: 1\n',
    'a comment behind the key of the list': 'revision: 3\nlast_task: 1\ntasks: # all\n',
    'a text over two lines': 'revision: 3\nlast_task: 1\nnote: "\nlast_task: 2"\ntasks:\n',
    'an indented key': 'revision: 3\n  last_task: 1\ntasks:\n',
    'a tab': '\trevision: 3\nlast_task: 1\ntasks:\n',
  })) {
    it(`are left to be parsed with ${what}`, () => {
      expect(renumbered(head, 'tasks', {revision: 4, last_task: 2})).to.equal(undefined)
    })
  }

  it('become what they became when they were parsed, to the letter', async () => {
    const line = fc.constantFrom(
      '# a comment',
      '',
      '  # more',
      'format: 1',
      'revision: 3',
      'last_task: 20',
      'revision: 03',
      'last_task: 1 # x',
      'x: "',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, {maxLength: 6}), async drawn => {
        const head = [...drawn, 'tasks:', ''].join('\n')
        const quick = renumbered(head, 'tasks', {revision: 4})
        if (quick === undefined) return
        // In this form the text is read as a whole.
        const more = 'more: 1\n'
        const whole = await rewrite(`${head}  - id: A\n${more}`, {
          ...edited([{id: 'A'}], new Map(), []),
          numbers: {revision: 4},
        })
        expect(`${quick}  - id: A\n${more}`).to.equal(whole)
      }),
      {numRuns: 1000},
    )
  })
})
