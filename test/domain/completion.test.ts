import {expect} from 'chai'

import {
  type CommandName,
  type DeclaredCommand,
  type DeclaredFlag,
  givenValue,
  nextWords,
  type Place,
  placeIn,
} from '../../src/domain/completion.ts'

const NAMES: CommandName[] = [
  {words: ['list-tasks'], about: 'List them.'},
  {words: ['plugins', 'install'], about: 'Install one.'},
  {words: ['plugins'], about: 'What plugins are.'},
  {words: ['plugins', 'link'], about: 'Link one.'},
]

describe('the name of a command', () => {
  it('is offered by its first word, once', () => {
    expect(nextWords([], NAMES)).to.deep.equal([
      {value: 'list-tasks', about: 'List them.'},
      {value: 'plugins', about: 'What plugins are.'},
    ])
  })

  it('goes on with the words of its topic', () => {
    expect(nextWords(['plugins'], NAMES).map(({value}) => value)).to.deep.equal(['install', 'link'])
  })

  it('ends where no longer one begins so', () => {
    expect(nextWords(['list-tasks'], NAMES)).to.deep.equal([])
    expect(nextWords(['plugins', 'link'], NAMES)).to.deep.equal([])
    expect(nextWords(['nothing'], NAMES)).to.deep.equal([])
  })
})

function aFlag(name: string, fields: Partial<DeclaredFlag> = {}): DeclaredFlag {
  return {name, about: '', takesValue: false, multiple: false, required: false, exclusive: [], ...fields}
}

const TASK = {completes: 'open-task', multiple: false} as const
const STATUS = aFlag('status', {takesValue: true, multiple: true, options: ['todo', 'done']})
const OWNER = aFlag('owner', {takesValue: true, exclusive: ['clear-owner'], completes: 'owner'})
const NOTE = aFlag('note', {takesValue: true, required: true, char: 'n'})
const RUN_ID = aFlag('run', {takesValue: true, hidden: true})
const UPDATE: DeclaredCommand = {
  args: [TASK],
  flags: [STATUS, OWNER, aFlag('clear-owner', {exclusive: ['owner']}), NOTE, RUN_ID],
}
const RUN: DeclaredCommand = {args: [], flags: [aFlag('purpose', {takesValue: true})], rest: 'command'}

const ALL = '--note --status --owner --clear-owner'

/** The words that are offered, or whose value it is. */
function placed(place: Place): string {
  if (place.kind === 'words') return place.candidates.map(({value}) => value).join(' ')
  const {of} = place
  return `${place.lead}<${of.completes ?? of.options?.join('|') ?? 'text'}>`
}

describe('what can stand at the cursor', () => {
  const TABLE: [what: string, before: string[], current: string, offered: string, command?: DeclaredCommand][] = [
    ['is the first argument', [], '', '<open-task>'],
    ['is the argument behind flags', ['--status', 'todo', '--clear-owner'], 'TA', '<open-task>'],
    ['is a flag, what must be given first', [], '-', ALL],
    ['is a flag behind an argument', ['TASK-001'], '--', ALL],
    ['is a flag when there are no more arguments', ['TASK-001'], '', ALL],
    ['is nothing for one argument too many', ['TASK-001'], 'x', ''],
    ['is a flag that was not given yet', ['--note', 'x'], '--', '--status --owner --clear-owner'],
    ['is a flag that can be repeated', ['--status', 'todo', '--note=x'], '--', '--status --owner --clear-owner'],
    ['is no flag that another shuts out', ['--owner', 'me'], '--', '--note --status'],
    ['is no flag that shuts out another', ['--clear-owner'], '--', '--note --status'],
    ['is the value of a flag', ['TASK-001', '--status'], '', '<todo|done>'],
    ['is the value of a flag in the same word', [], '--status=t', '--status=<todo|done>'],
    ['is the value of a short flag', ['-n'], '', '<text>'],
    ['is the value of a flag, although it looks like one', ['--owner'], '--', '<owner>'],
    ['is no value of a flag that takes none', [], '--clear-owner=', ''],
    ['is no value of a flag that is not known', [], '--bogus=', ''],
    ['is an argument behind a flag that is not known', ['--bogus'], '', '<open-task>'],
    ['is an argument behind the value of a hidden flag', ['--run', 'x'], 'TA', '<open-task>'],
    ['is the value of a hidden flag', ['--run'], '', '<text>'],
    ['is an argument behind a short flag and its value', ['-nx'], '', '<open-task>'],
    ['is nothing behind a lone dash, which is an argument', ['-'], 'x', ''],
    ['is no flag behind two dashes', ['--'], '-', '<open-task>'],
    ['is nothing behind two dashes and all arguments', ['--', 'TASK-001'], '', ''],
    ['is an argument behind a value that is two dashes', ['--owner', '--'], '', '<open-task>'],
    [
      'is an argument that may be repeated',
      ['a', 'b', 'c'],
      '',
      '<path>',
      {args: [{completes: 'path', multiple: true}], flags: []},
    ],
    ['is an argument of which nothing is known', [], 'x', '<text>', {args: [{multiple: false}], flags: []}],
    ['is a flag before the command that is run', [], '', '--purpose --', RUN],
    ['is nothing where a command is not run', ['--purpose', 'x'], 'np', '', RUN],
    ['is the command that is run', ['--purpose', 'x', '--'], 'np', '<command>', RUN],
    ['is an argument of the command that is run', ['--purpose', 'x', '--', 'npm'], '--', '<command>', RUN],
  ]
  for (const [what, before, current, offered, command = UPDATE] of TABLE) {
    it(what, () => expect(placed(placeIn(command, before, current))).to.equal(offered))
  }
})

describe('what a flag was given', () => {
  const TABLE: [words: string[], value: string | undefined][] = [
    [[], undefined],
    [['--owner', 'me', 'TASK-001'], 'me'],
    [['--owner=me'], 'me'],
    [['--owner=a=b'], 'a=b'],
    [['--owner='], ''],
    [['--owner', 'me', '--owner', 'you'], 'you'],
    [['--', '--owner', 'me'], undefined],
    [['--note', '--owner', 'me'], undefined],
    [['--owner'], undefined],
  ]
  for (const [words, value] of TABLE) {
    it(`is ${value} in ${JSON.stringify(words)}`, () => expect(givenValue(UPDATE, words, 'owner')).to.equal(value))
  }
})
