import assert from 'node:assert/strict'

import {
  argument,
  commandLine,
  commandLines,
  literal,
  oneLine,
  pasteable,
  statusLiteral,
  typeable,
} from '../src/quoting.ts'

describe('an argument for tmux', () => {
  for (const [id, given, sent] of [
    ['', '', ''],
    ['', 'plain', 'plain'],
    ['A-010', 'do A; do B;', String.raw`do A; do B\;`],
    ['A-010', ';', String.raw`\;`],
    ['A-010', ';;', String.raw`;\;`],
    ['A-011', String.raw`a\;`, String.raw`a\\;`],
    ['', 'a;b', 'a;b'],
    ['', String.raw`ends in \ `.trim(), String.raw`ends in \ `.trim()],
    ['', '#{pid} $HOME "\'`', '#{pid} $HOME "\'`'],
    ['', '🚧 żółw', '🚧 żółw'],
  ] as const) {
    it(`${JSON.stringify(given)} is sent as ${JSON.stringify(sent)} ${id}`.trim(), () => {
      assert.equal(argument(given), sent)
    })
  }

  for (const [what, text] of [
    ['NUL', 'a\0b'],
    ['an escape (A-027)', 'a\u001B[0m'],
    ['a line break (A-027)', 'a\nb'],
    ['a tab (A-027)', 'a\tb'],
    ['DEL', 'a\u007F'],
    ['a C1 control', 'a\u009Bb'],
    ['half a character', 'a\uD83D'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => argument(text), RangeError)
    })
  }
})

describe('a line of tmux commands', () => {
  it('joins commands by a separator that no argument can be', () => {
    const line = commandLine([
      ['rename-window', '-t', '@1', ';'],
      ['kill-window', '-t', '@2'],
    ])
    assert.deepEqual(line, ['rename-window', '-t', '@1', String.raw`\;`, ';', 'kill-window', '-t', '@2'])
  })

  it('is refused when it is longer than tmux takes (F-050)', () => {
    assert.throws(() => commandLine([['set-option', '@x', 'ż'.repeat(8000)]]), /too long/)
    assert.equal(commandLine([['set-option', '@x', 'x'.repeat(14_900)]]).length, 3)
  })

  it('is one of several, in order, when there are more commands than tmux takes at once', () => {
    const commands = Array.from({length: 40}, (_, index) => ['set-option', '@x', `${index} ${'ż'.repeat(500)};`])
    const lines = commandLines(commands)
    assert.equal(lines.length, 3)
    assert.deepEqual(
      lines.flatMap(line => [...line, ';']),
      [...commandLine(commands.slice(0, 10)), ';', ...commands.slice(10).flatMap(one => [...commandLine([one]), ';'])],
    )
    for (const line of lines) assert.ok(Buffer.byteLength(line.join(' ')) <= 15_000)
    assert.throws(() => commandLines([]), RangeError)
    assert.throws(() => commandLines([['a'], ['set-option', '@x', 'x'.repeat(15_000)]]), /too long/)
  })

  it('is refused without a command, for which tmux would open a session', () => {
    assert.throws(() => commandLine([]), RangeError)
  })
})

describe('text where tmux expands formats', () => {
  for (const [id, given, sent] of [
    ['A-002', '#(touch x)', '##(touch x)'],
    ['A-014', '#{E:@x}', '##{E:@x}'],
    ['A-019', '#[fg=red]', '##[fg=red]'],
    ['', '##', '####'],
    ['', '100 %', '100 %'],
  ] as const) {
    it(`${given} is sent as ${sent} ${id}`.trim(), () => {
      assert.equal(literal(given), sent)
    })
  }

  it('has the time taken out too in a status line', () => {
    assert.equal(statusLiteral('#(x) %H %% #'), '##(x) %%H %%%% ##')
  })
})

describe('one line for a person', () => {
  for (const [given, line] of [
    ['  two\n\tlines\u2028here ', 'two lines here'],
    ['\u001B]0;x\u0007\0', ']0;x'],
    ['half \uD800 left', 'half left'],
    ['', ''],
    ['🚧'.repeat(101), `${'🚧'.repeat(99)}…`],
  ] as const) {
    it(`is ${JSON.stringify(line.slice(0, 20))} for ${JSON.stringify(given.slice(0, 20))}`, () => {
      assert.equal(oneLine(given), line)
    })
  }
})

describe('text to type', () => {
  for (const [id, given, typed] of [
    ['A-022', 'a\u001B[201~\rrm -rf x\r', 'a[201~\nrm -rf x\n'],
    ['A-024', 'a\u0003\u0004\u001A\u007Fb', 'ab'],
    ['', 'line\r\nline\n\ttab', 'line\nline\n\ttab'],
    ['', '\u009B31m\u0090x', '31mx'],
    ['', 'half \uDC00', 'half '],
  ] as const) {
    it(`is ${JSON.stringify(typed)} for ${JSON.stringify(given)} ${id}`.trim(), () => {
      assert.equal(typeable(given), typed)
    })
  }
})

describe('a line to paste', () => {
  it('quotes what a shell would change', () => {
    const words = ['env', '/a b/tmux', '-t', '=cp-x:', "it's", '$HOME', '']
    assert.equal(pasteable(words), `env '/a b/tmux' -t '=cp-x:' 'it'\\''s' '$HOME' ''`)
  })
})
