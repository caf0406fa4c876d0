import assert from 'node:assert/strict'

import {choose, type Desktop} from '../src/choice.ts'
import {type EmulatorName, readSettings} from '../src/settings.ts'

const ON_X: Desktop = {x: {name: ':0', fault: undefined}, wayland: undefined, bus: true}
const ON_WAYLAND: Desktop = {x: undefined, wayland: {name: 'wayland-0', listens: true}, bus: true}
const ON_BOTH: Desktop = {...ON_X, wayland: {name: 'wayland-0', listens: true}}
const NOWHERE: Desktop = {x: undefined, wayland: undefined, bus: true}
const LOCKED: Desktop = {...ON_X, x: {name: ':0', fault: 'The display :0 lets nobody in: no cookie.'}}

const GNOME = 'gnome-terminal'
const IN_TMUX = 'export CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux'

describe('the emulator of a window', () => {
  const CHOSEN: [wish: EmulatorName | undefined, installed: EmulatorName[], desktop: Desktop, chosen: string[]][] = [
    [undefined, [GNOME, 'xterm'], ON_X, ['gnome-terminal on :0', 'xterm on :0']],
    [undefined, [GNOME, 'xterm'], {...ON_X, bus: false}, ['xterm on :0']],
    [undefined, ['xterm'], ON_X, ['xterm on :0']],
    ['xterm', [GNOME, 'xterm'], ON_X, ['xterm on :0']],
    [GNOME, [GNOME, 'xterm'], ON_X, ['gnome-terminal on :0']],
    [undefined, [GNOME, 'xterm'], ON_WAYLAND, ['gnome-terminal on wayland-0, not proven']],
    [undefined, [GNOME, 'xterm'], ON_BOTH, ['gnome-terminal on wayland-0, not proven', 'xterm on :0']],
    [undefined, [GNOME], {...ON_BOTH, wayland: {name: 'wayland-0', listens: false}}, ['gnome-terminal on :0']],
    [
      undefined,
      [GNOME, 'xterm'],
      {...LOCKED, wayland: ON_WAYLAND.wayland},
      ['gnome-terminal on wayland-0, not proven'],
    ],
  ]
  for (const [wish, installed, desktop, chosen] of CHOSEN) {
    it(`is ${chosen.join(', then ')} with ${titleOf(wish, installed, desktop)}`, () => {
      const choices = choose(wish, new Set(installed), desktop)
      assert.ok(Array.isArray(choices))
      const told = choices.map(
        ({emulator, display, proven}) => `${emulator} on ${display}${proven ? '' : ', not proven'}`,
      )
      assert.deepEqual(told, chosen)
    })
  }

  const REFUSED: [
    wish: EmulatorName | undefined,
    installed: EmulatorName[],
    desktop: Desktop,
    reason: string,
    remedy: string,
  ][] = [
    [undefined, [GNOME, 'xterm'], NOWHERE, 'DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX],
    [undefined, [], NOWHERE, 'DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX],
    [undefined, [], ON_X, 'Neither gnome-terminal nor xterm is installed.', 'sudo apt-get install -y xterm'],
    ['xterm', [GNOME], ON_X, 'xterm is not installed.', 'sudo apt-get install -y xterm'],
    [GNOME, ['xterm'], ON_X, 'gnome-terminal is not installed.', 'sudo apt-get install -y gnome-terminal'],
    [undefined, [GNOME, 'xterm'], LOCKED, 'The display :0 lets nobody in: no cookie.', IN_TMUX],
    [
      undefined,
      [GNOME],
      {...ON_WAYLAND, wayland: {name: 'wayland-0', listens: false}},
      'The Wayland display wayland-0 cannot be opened.',
      IN_TMUX,
    ],
    [
      GNOME,
      [GNOME, 'xterm'],
      {...ON_X, bus: false},
      'gnome-terminal needs a D-Bus session bus, and none answers.',
      IN_TMUX,
    ],
    [
      undefined,
      [GNOME],
      {...ON_X, bus: false},
      'gnome-terminal needs a D-Bus session bus, and none answers.',
      'sudo apt-get install -y xterm',
    ],
    [
      undefined,
      ['xterm'],
      ON_WAYLAND,
      'xterm needs an X display. DISPLAY is not set.',
      'sudo apt-get install -y gnome-terminal',
    ],
    ['xterm', [GNOME, 'xterm'], ON_WAYLAND, 'xterm needs an X display. DISPLAY is not set.', IN_TMUX],
  ]
  for (const [wish, installed, desktop, reason, remedy] of REFUSED) {
    it(`is none, and says so, with ${titleOf(wish, installed, desktop)}`, () =>
      assert.deepEqual(choose(wish, new Set(installed), desktop), {ready: false, reason, remedy}))
  }

  function titleOf(wish: EmulatorName | undefined, installed: EmulatorName[], {x, wayland, bus}: Desktop): string {
    const displays = [
      ...(x ? [x.fault === undefined ? 'X' : 'a locked X'] : []),
      ...(wayland ? [wayland.listens ? 'Wayland' : 'a silent Wayland'] : []),
    ]
    const names = installed.length > 0 ? installed.join(' and ') : 'nothing'
    return `${wish ?? 'no'} wish, ${names} installed, ${displays.join(' and ') || 'no display'}, ${bus ? 'a' : 'no'} bus`
  }
})

describe('the settings of the desktop', () => {
  it('may name one of two emulators, or nothing', () => {
    assert.deepEqual(readSettings({}), {})
    assert.deepEqual(readSettings({emulator: 'xterm'}), {emulator: 'xterm'})
    assert.deepEqual(readSettings({emulator: 'gnome-terminal'}), {emulator: 'gnome-terminal'})
  })

  const REFUSED: [what: string, settings: Record<string, unknown>, sentence: string][] = [
    ['another emulator', {emulator: 'kitty'}, 'emulator is "kitty"; accepted is "gnome-terminal" or "xterm".'],
    [
      'a path to one',
      {emulator: '/usr/bin/xterm'},
      'emulator is "/usr/bin/xterm"; accepted is "gnome-terminal" or "xterm".',
    ],
    ['a list', {emulator: ['xterm']}, 'emulator is ["xterm"]; accepted is "gnome-terminal" or "xterm".'],
    [
      'a name that every object has',
      {emulator: 'constructor'},
      'emulator is "constructor"; accepted is "gnome-terminal" or "xterm".',
    ],
    ['an unknown key', {emulatr: 'xterm'}, '"emulatr" is not a known key; the only one is emulator.'],
  ]
  for (const [what, settings, sentence] of REFUSED) {
    it(`may not hold ${what}; the refusal names the table, the key and what is accepted`, () => {
      const refusal = readSettings(settings)
      assert.ok('reason' in refusal)
      assert.equal(refusal.reason, `[plugins.terminal-desktop] ${sentence}`)
    })
  }
})
