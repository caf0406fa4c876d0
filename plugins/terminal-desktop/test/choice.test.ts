import assert from 'node:assert/strict'
import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {choose, type Desktop} from '../src/choice.ts'
import {type EmulatorName, SETTINGS} from '../src/settings.ts'

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
  const read = (settings: Record<string, unknown>) =>
    testPluginHost({stateFolder: '/nowhere', settings}).readSettings(SETTINGS)

  it('may name one of two emulators, or nothing', () => {
    assert.deepEqual(read({}), {emulator: null})
    assert.deepEqual(read({emulator: 'xterm'}), {emulator: 'xterm'})
    assert.deepEqual(read({emulator: 'gnome-terminal'}), {emulator: 'gnome-terminal'})
  })

  const REFUSED: [what: string, emulator: unknown, shown: string][] = [
    ['another emulator', 'kitty', '"kitty"'],
    ['a path to one', '/usr/bin/xterm', '"/usr/bin/xterm"'],
    ['a list', ['xterm'], '["xterm"]'],
    ['a name that every object has', 'constructor', '"constructor"'],
  ]
  for (const [what, emulator, shown] of REFUSED) {
    it(`may not hold ${what}; the refusal names the key and what is accepted`, () => {
      const message = `config.toml line 1: emulator is ${shown}; accepted is "gnome-terminal" or "xterm".`
      assert.throws(() => read({emulator}), {message})
    })
  }
})
