import {expect} from 'chai'
import fc from 'fast-check'

import type {Candidate, Completes} from '../../src/domain/completion.ts'
import {replyLines} from '../../src/domain/completion-reply.ts'
import {SHELLS, typedLine} from '../../src/domain/typed-line.ts'
import {aTask} from './examples.ts'

const TASK = {kind: 'value', of: {completes: 'any-task'}, lead: ''} as const
const ESCAPE = String.fromCodePoint(0x1b)
const BIDI = String.fromCodePoint(0x202e)

function factsOf(...titles: string[]) {
  const tasks = titles.map((title, index) => aTask({id: `TASK-00${index + 1}`, title}))
  return {board: {revision: 1, last_task: titles.length, tasks, sessions: []}}
}

describe('the answer to a shell', () => {
  it('is for zsh and fish every value with what it is about', () => {
    for (const shell of ['zsh', 'fish'] as const) {
      expect(replyLines(shell, typedLine(shell, ['TASK-002']), TASK, factsOf('One', 'Two'))).to.deep.equal([
        'TASK-001\tOne',
        'TASK-002\tTwo',
      ])
    }
  })

  it('is for bash the values that begin so, in capitals or not', () => {
    const facts = factsOf('One', 'Two')
    expect(replyLines('bash', typedLine('bash', ['x', 'task-002']), TASK, facts)).to.deep.equal(['TASK-002'])
    expect(replyLines('bash', typedLine('bash', ['x', 'TASK-003']), TASK, facts)).to.deep.equal([])
  })

  it('is for bash only what it puts in, for the others the whole word', () => {
    const of = {options: ['todo', 'done']}
    const asked = {kind: 'value', of, lead: '--status='} as const
    expect(replyLines('bash', typedLine('bash', ['x', '--status', '=', 't']), asked, {})).to.deep.equal(['todo'])
    expect(replyLines('bash', typedLine('bash', ['x', '--status=t']), asked, {})).to.deep.equal(['--status=todo'])
    expect(replyLines('zsh', typedLine('zsh', ['x', '--status=t']), asked, {})).to.deep.equal([
      '--status=todo',
      '--status=done',
    ])
  })

  it('is a name with a scope', () => {
    const asked = {kind: 'value', of: {completes: 'plugin'}, lead: ''} as const
    const facts = {plugins: ['@me/one', '@me/@two', '@', '@$(id)'].map(name => ({name, hooks: []}))}
    for (const shell of SHELLS)
      expect(replyLines(shell, typedLine(shell, ['x', '']), asked, facts), shell).to.deep.equal(['@me/one'])
    expect(replyLines('bash', typedLine('bash', ['x', '\\@m']), asked, facts)).to.deep.equal(['@me/one'])
  })

  const NATIVE: [completes: Completes, line: string][] = [
    ['folder', ':folders'],
    ['path', ':files'],
    ['command', ':command'],
  ]
  for (const [completes, line] of NATIVE) {
    it(`leaves a ${completes} to the shell`, () => {
      for (const shell of SHELLS) {
        const asked = {kind: 'value', of: {completes}, lead: '--to='} as const
        expect(replyLines(shell, typedLine(shell, ['--to=x']), asked, {})).to.deep.equal([line])
      }
    })
  }

  const TITLES: [what: string, title: string, shown: string][] = [
    ['commands', '$(id) `id` ${HOME} ; rm -rf ~', '$(id) `id` ${HOME} ; rm -rf ~'],
    ['a tab and a line feed', 'a\tb\nTASK-009\tno', 'a\\u{9}b\\u{a}TASK-009\\u{9}no'],
    ['a control sequence', `${ESCAPE}[2Ja`, '\\u{1b}[2Ja'],
    ['letters that run the other way', `a${BIDI}b`, 'a\\u{202e}b'],
    ['nothing but blanks', '  ', ''],
    ['many words', 'x'.repeat(300), `${'x'.repeat(49)}…${'x'.repeat(49)}`],
  ]
  for (const [what, title, shown] of TITLES) {
    it(`is one line for a title with ${what}`, () => {
      const line = shown === '' ? 'TASK-001' : `TASK-001\t${shown}`
      expect(replyLines('fish', typedLine('fish', ['']), TASK, factsOf(title))).to.deep.equal([line])
      expect(replyLines('bash', typedLine('bash', ['']), TASK, factsOf(title))).to.deep.equal(['TASK-001'])
    })
  }

  it('never breaks a line nor acts on a terminal, whatever a title holds', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), title => {
        const [line = '', ...more] = replyLines('zsh', typedLine('zsh', ['']), TASK, factsOf(title))
        expect(more).to.deep.equal([])
        expect(line.replace(/^TASK-001\t?/, '')).not.to.match(/\p{Cc}/u)
      }),
    )
  })

  it('leaves out what a shell would have to quote', () => {
    const owners = ['ada', 'Ada Lovelace', '$(id)', '-rf', '', 'a\nb', ':files', 'worker-task-001']
    const tasks = owners.map((owner, index) => aTask({id: `TASK-00${index}`, owner}))
    const facts = {board: {revision: 1, last_task: 8, tasks, sessions: []}}
    const asked = {kind: 'value', of: {completes: 'owner'}, lead: ''} as const
    for (const shell of SHELLS) {
      expect(replyLines(shell, typedLine(shell, ['']), asked, facts)).to.deep.equal(['ada', 'worker-task-001'])
    }
  })

  it('leaves out a command of that kind as well', () => {
    const candidates = ['list-tasks', '$(id)', '--all', '--$(id)', '---x'].map(value => ({value, about: ''}))
    const found = replyLines('fish', typedLine('fish', ['']), {kind: 'words', candidates}, {})
    expect(found).to.deep.equal(['list-tasks', '--all'])
  })

  it('offers words of a command line as they are', () => {
    const candidates: Candidate[] = [
      {value: '--all', about: 'Everything.'},
      {value: '--', about: ''},
    ]
    expect(replyLines('fish', typedLine('fish', ['-']), {kind: 'words', candidates}, {})).to.deep.equal([
      '--all\tEverything.',
      '--',
    ])
  })
})
