import assert from 'node:assert/strict'

import {EMULATOR} from '../src/emulators.ts'
import {oneLine} from '../src/title.ts'

const COMMAND = ['/bin/sh', '/w/window.sh', '$(id)', 'a b', '-e', '--', ';'] as const

describe('the command line of an emulator', () => {
  it('ends for xterm in -e and the words of the command, each as it is (A-104)', () => {
    const argv = EMULATOR.xterm.argv('-e', [...COMMAND])
    assert.deepEqual(argv.slice(-10), ['-T', '-e', '-e', ...COMMAND])
  })

  it('ends for gnome-terminal in -- and the words of the command, each as it is (A-105)', () => {
    assert.deepEqual(EMULATOR['gnome-terminal'].argv('--help', [...COMMAND]), [
      '--window',
      '--wait',
      '--title=--help',
      '--',
      ...COMMAND,
    ])
  })

  for (const [name, output, version] of [
    ['xterm', 'XTerm(379)\n', '379'],
    ['gnome-terminal', '# GNOME Terminal 3.46.8 using VTE 0.70.6 +BIDI +GNUTLS\n', '3.46.8'],
    ['gnome-terminal', 'GNOME Terminal 3.56.2 using VTE 0.80.1\n', '3.56.2'],
    ['xterm', 'something else', undefined],
  ] as const) {
    it(`that asks ${name} for its version is told ${version ?? 'none'} by ${JSON.stringify(output)}`, () =>
      assert.equal(EMULATOR[name].version.exec(output)?.[1], version))
  }
})

describe('the title of a window', () => {
  for (const [text, title] of [
    ['planner', 'planner'],
    [' two\nlines\t', 'two lines'],
    ['ti\u001B]0;EVIL\u0007', 'ti ]0;EVIL'],
    ['\u009B2J', '2J'],
    ['half \uD83D of one', 'half of one'],
    ['漢字 🚧', '漢字 🚧'],
    ['x'.repeat(101), `${'x'.repeat(99)}…`],
    ['\0\n', ''],
  ] as const) {
    it(`is ${JSON.stringify(title.slice(0, 20))} for ${JSON.stringify(text.slice(0, 20))}`, () =>
      assert.equal(oneLine(text), title))
  }
})
