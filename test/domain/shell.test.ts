import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'

import {foldedLine, pasteable, shellLine, shellWord} from '../../src/domain/shell.ts'
import {character} from './examples.ts'

const anyWord = fc.string({unit: 'binary'}).map(text => text.toWellFormed().replaceAll(character(0), ''))

/** What a shell makes of a line: the words a program would be given. */
function wordsBy(shell: string, line: string): string[] {
  const {status, stdout, stderr} = spawnSync(shell, ['-c', `printf '%s\\000' ${line}`], {encoding: 'utf8'})
  if (status !== 0) throw new Error(stderr)
  return stdout.split('\0').slice(0, -1)
}

describe('words for a shell', () => {
  const TABLE: [word: string, quoted: string][] = [
    ['', `''`],
    ['plain', `'plain'`],
    ['two words', `'two words'`],
    [`it's`, `'it'\\''s'`],
    ['$(id) `id` $HOME', `'$(id) \`id\` $HOME'`],
    ['a\nb', `'a\nb'`],
    ['-x', `'-x'`],
    ['\\', `'\\'`],
  ]
  for (const [word, quoted] of TABLE) {
    it(`quotes ${JSON.stringify(word)} so that nothing in it is run`, () => expect(shellWord(word)).to.equal(quoted))
  }

  it('refuses NUL, which no program can be given', () => {
    expect(() => shellWord(`a${character(0)}b`)).to.throw(RangeError, 'A NUL character cannot be passed to a program.')
    expect(() => shellLine(['a', character(0)])).to.throw(RangeError)
    expect(() => pasteable([character(0)])).to.throw(RangeError)
  })

  for (const [name, write] of Object.entries({shellLine, pasteable})) {
    it(`arrive whole through sh, as ${name} writes them, whatever they hold (A-013)`, () => {
      fc.assert(
        fc.property(fc.array(anyWord, {minLength: 1, maxLength: 5}), words => {
          expect(wordsBy('/bin/sh', write(words))).to.deep.equal(words)
        }),
        {numRuns: 60},
      )
    })
  }
})

describe('a command to paste', () => {
  const TABLE: [argv: string[], line: string][] = [
    [['codex-planner', 'show-task', 'TASK-001'], 'codex-planner show-task TASK-001'],
    [['git', '-C', '/srv/a b', 'status'], `git -C '/srv/a b' status`],
    [['x', '', '~', '*', '#', '!'], `x '' '~' '*' '#' '!'`],
    [['--a=b', 'a@b:c,d%e+f_g.h-1'], '--a=b a@b:c,d%e+f_g.h-1'],
    [['naïve'], `'naïve'`],
    [['a\n'], `'a\n'`],
  ]
  for (const [argv, line] of TABLE) {
    it(`is ${JSON.stringify(line)}, with quotes only where they are needed`, () =>
      expect(pasteable(argv)).to.equal(line))
  }
})

describe('a command on several lines', () => {
  const TABLE: [line: string, folded: string][] = [
    ['codex-planner doctor', 'codex-planner doctor'],
    ['codex-planner create-task Title --priority high', 'codex-planner create-task Title \\\n  --priority high'],
    ["a --one 'b --two c' --three d --four", "a --one 'b --two c' --three d \\\n  --four"],
    [
      "a person's line that is no command, and that is rather long",
      "a person's line that is no command, and that is rather long",
    ],
    ['a  b', 'a  b'],
    ['', ''],
  ]
  for (const [line, folded] of TABLE) {
    it(`is ${JSON.stringify(folded)}`, () => expect(foldedLine(line, 34)).to.equal(folded))
  }

  it('gives a shell the same words, however narrow it is', () => {
    const words = fc.array(fc.oneof(anyWord, fc.constantFrom('--flag', '-x', '--')), {minLength: 1, maxLength: 6})
    fc.assert(
      fc.property(words, fc.integer({min: 1, max: 60}), (words, width) => {
        expect(wordsBy('/bin/sh', foldedLine(pasteable(words), width))).to.deep.equal(words)
      }),
    )
  })
})
