import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'

import {EMULATOR, EMULATORS} from '../src/emulators.ts'
import {oneLine} from '../src/title.ts'

const COMMAND = ['/bin/sh', '/w/window.sh', '$(id)', 'a b', '-e', '--', ';'] as const

describe('the command line of an emulator', () => {
  it('ends for xterm in -e and the words of the command, each as it is (A-104)', () => {
    const argv = EMULATOR.xterm.argv('-e', COMMAND, 'x')
    assert.deepEqual(argv.slice(-10), ['-T', '-e', '-e', ...COMMAND])
  })

  it('ends for gnome-terminal in -- and the words of the command, each as it is (A-105)', () => {
    assert.deepEqual(EMULATOR['gnome-terminal'].argv('--help', COMMAND, 'x'), [
      '--window',
      '--wait',
      '--title=--help',
      '--',
      ...COMMAND,
    ])
  })

  it('ends for each in the words of the command, each as it is', () => {
    for (const name of EMULATORS)
      for (const on of EMULATOR[name].displays)
        assert.deepEqual(EMULATOR[name].argv('-e', COMMAND, on).slice(-COMMAND.length), COMMAND, name)
  })

  it('gives konsole a title that sets nothing else and stands for nothing else', () => {
    assert.ok(EMULATOR.konsole.argv('a;Command=/bin/id %w', COMMAND, 'x').includes('tabtitle=a,Command=/bin/id ％w'))
  })

  it('has a shell print the title for wezterm, which takes none, and then become the command', () => {
    const argv = EMULATOR.wezterm.argv('-e $(id)', ['/bin/sh', '-c', 'printf "%s|" "$0" "$@"', 'a b', '$(id)'], 'x')
    const [shell = '', ...words] = argv.slice(argv.indexOf('--') + 1)
    const {stdout} = spawnSync(shell, words, {encoding: 'utf8', timeout: 10_000})
    assert.equal(stdout, '\u001B]2;-e $(id)\u001B\\a b|$(id)|')
  })

  it('stands behind all others when no test runs it', () => {
    const untested = EMULATORS.filter(name => EMULATOR[name].untested)
    assert.deepEqual(EMULATORS.slice(-untested.length), untested)
    assert.deepEqual(untested, ['wezterm'])
  })

  for (const [name, output, version] of [
    ['kitty', 'kitty 0.26.5 created by Kovid Goyal\n', '0.26.5'],
    ['alacritty', 'alacritty 0.13.2 (bb8ea18e)\n', '0.13.2'],
    ['konsole', 'konsole 22.12.3\n', '22.12.3'],
    ['foot', 'foot version: 1.13.1 +pgo +ime +graphemes -assertions\n', '1.13.1'],
    ['wezterm', 'wezterm 20240203-110809-5046fc22\n', '20240203-110809-5046fc22'],
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
