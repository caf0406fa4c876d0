import {expect} from 'chai'
import fc from 'fast-check'

import {shellWord} from '../../src/domain/shell.ts'
import {type Shell, typedLine, unquoted} from '../../src/domain/typed-line.ts'

describe('a line that is being typed', () => {
  const TABLE: [what: string, shell: Shell, words: string[], before: string[], current: string, standing: number][] = [
    ['of nothing', 'bash', [], [], '', 0],
    ['with a word begun', 'bash', ['show-ta'], [], 'show-ta', 0],
    ['behind a finished word', 'zsh', ['show-task', ''], ['show-task'], '', 0],
    ['cut at = by bash', 'bash', ['list-tasks', '--status', '=', 'to'], ['list-tasks'], '--status=to', 9],
    ['cut at = with nothing behind it', 'bash', ['list-tasks', '--status', '=', ''], ['list-tasks'], '--status=', 9],
    [
      'with a finished value that bash cut',
      'bash',
      ['x', '--status', '=', 'todo', '--lim'],
      ['x', '--status=todo'],
      '--lim',
      0,
    ],
    ['cut at : and @', 'bash', ['x', 'a', ':', 'b', '@', 'c', 'd'], ['x', 'a:b@c'], 'd', 0],
    ['that begins with an @ and is cut there', 'bash', ['x', '\\@', 'a', '\\@b'], ['x', '@a'], '@b', 0],
    ['that goes on with an @', 'bash', ['x', 'a', '@', 'b', '@c'], ['x'], 'a@b@c', 3],
    ['that zsh leaves whole', 'zsh', ['list-tasks', '--status=to'], ['list-tasks'], '--status=to', 0],
    ['with quotes', 'bash', ['x', `'a b'`, '"c \\" d"', 'e\\ f', ''], ['x', 'a b', 'c " d', 'e f'], '', 0],
    ['with a quote that is open', 'zsh', ['x', '"TASK-0'], ['x'], 'TASK-0', 0],
    ['from fish, which took the quotes off', 'fish', ['x', `a'b"c\\d`, `'TA`], ['x', `a'b"c\\d`], 'TA', 0],
    ['of a redirection', 'bash', ['x', '>', 'fi'], ['x'], 'fi', 0],
    ['with a redirection before the cursor', 'bash', ['x', '>', 'file', '2', '>>', 'log', ''], ['x', '2'], '', 0],
  ]
  for (const [what, shell, words, before, current, standing] of TABLE) {
    it(what, () => expect(typedLine(shell, words)).to.deep.equal({before, current, standing}))
  }

  it('expands nothing', () => {
    const words = ['x', '$(id)', '`id`', '$HOME', '~/a', '*', '{a,b}', '']
    expect(typedLine('bash', words).before).to.deep.equal(words.slice(0, -1))
  })

  it('has the words that were quoted for a shell', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        fc.pre(!text.includes(String.fromCodePoint(0)))
        expect(unquoted(shellWord(text))).to.equal(text)
      }),
    )
  })
})
