import assert from 'node:assert/strict'
import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {choose, type Desktop} from '../src/choice.ts'
import {EMULATORS, type EmulatorName} from '../src/emulators.ts'
import {SETTINGS} from '../src/settings.ts'

const X = {name: ':0', fault: undefined}
const LOCKED = {name: ':0', fault: 'The display :0 lets nobody in: no cookie.'}
const WAYLAND = {name: 'wayland-0', fault: undefined}
const SILENT = {name: 'wayland-0', fault: 'The Wayland display wayland-0 cannot be opened.'}

const ON_X: Desktop = {x: X, wayland: undefined, bus: true}
const ON_WAYLAND: Desktop = {x: undefined, wayland: WAYLAND, bus: true}
const ON_BOTH: Desktop = {x: X, wayland: WAYLAND, bus: true}
const NOWHERE: Desktop = {x: undefined, wayland: undefined, bus: true}

const GNOME = 'gnome-terminal'
const IN_TMUX = 'export CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux'

describe('the emulator of a window', () => {
  const CHOSEN: [
    wish: EmulatorName | undefined,
    installed: readonly EmulatorName[],
    desktop: Desktop,
    chosen: string[],
  ][] = [
    [undefined, [GNOME, 'xterm'], ON_X, ['gnome-terminal on :0', 'xterm on :0']],
    [undefined, [GNOME, 'xterm'], {...ON_X, bus: false}, ['xterm on :0']],
    [undefined, ['xterm'], ON_X, ['xterm on :0']],
    ['xterm', [GNOME, 'xterm'], ON_X, ['xterm on :0']],
    [GNOME, [GNOME, 'xterm'], ON_X, ['gnome-terminal on :0']],
    [undefined, [GNOME, 'xterm'], ON_WAYLAND, ['gnome-terminal on wayland-0']],
    [undefined, [GNOME, 'xterm'], ON_BOTH, ['gnome-terminal on wayland-0', 'xterm on :0']],
    [undefined, [GNOME], {...ON_BOTH, wayland: SILENT}, ['gnome-terminal on :0']],
    [undefined, [GNOME, 'xterm'], {...ON_BOTH, x: LOCKED}, ['gnome-terminal on wayland-0']],
    [undefined, ['kitty'], ON_X, ['kitty on :0']],
    [undefined, ['konsole'], ON_BOTH, ['konsole on wayland-0']],
    [undefined, ['konsole', 'alacritty'], {...ON_X, bus: false}, ['alacritty on :0']],
    [undefined, ['foot', 'xterm'], ON_BOTH, ['foot on wayland-0', 'xterm on :0']],
    [undefined, ['foot', 'xterm'], ON_X, ['xterm on :0']],
    [undefined, ['wezterm'], ON_X, ['wezterm on :0']],
    [undefined, ['wezterm', 'xterm'], ON_X, ['xterm on :0', 'wezterm on :0']],
    ['wezterm', ['wezterm', 'xterm'], ON_X, ['wezterm on :0']],
    [
      undefined,
      EMULATORS,
      ON_BOTH,
      [
        'gnome-terminal on wayland-0',
        'kitty on wayland-0',
        'alacritty on wayland-0',
        'konsole on wayland-0',
        'foot on wayland-0',
        'xterm on :0',
        'wezterm on wayland-0',
      ],
    ],
  ]
  for (const [wish, installed, desktop, chosen] of CHOSEN) {
    it(`is ${chosen.join(', then ')} with ${titleOf(wish, installed, desktop)}`, () => {
      const choices = choose(wish, new Set(installed), desktop)
      assert.ok(Array.isArray(choices))
      assert.deepEqual(
        choices.map(({emulator, display}) => `${emulator} on ${display}`),
        chosen,
      )
    })
  }

  const NO_BUS = 'gnome-terminal needs a D-Bus session bus, and none answers.'
  const NONE = 'None of gnome-terminal, kitty, alacritty, konsole, foot, xterm and wezterm is installed.'
  const REFUSED: [
    wish: EmulatorName | undefined,
    installed: EmulatorName[],
    desktop: Desktop,
    reason: string,
    remedy: string,
  ][] = [
    [undefined, [GNOME, 'xterm'], NOWHERE, 'DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX],
    [undefined, [], NOWHERE, 'DISPLAY and WAYLAND_DISPLAY are not set.', IN_TMUX],
    [undefined, [], ON_X, NONE, 'sudo apt-get install -y xterm'],
    [undefined, [], ON_WAYLAND, NONE, 'sudo apt-get install -y foot'],
    ['xterm', [GNOME], ON_X, 'xterm is not installed.', 'sudo apt-get install -y xterm'],
    [GNOME, ['xterm'], ON_X, 'gnome-terminal is not installed.', 'sudo apt-get install -y gnome-terminal'],
    ['kitty', ['xterm'], ON_X, 'kitty is not installed.', 'sudo apt-get install -y kitty'],
    ['wezterm', ['xterm'], ON_X, 'wezterm is not installed.', IN_TMUX],
    [undefined, [GNOME, 'xterm'], {...ON_X, x: LOCKED}, LOCKED.fault, IN_TMUX],
    [undefined, [GNOME], {...ON_WAYLAND, wayland: SILENT}, SILENT.fault, IN_TMUX],
    [GNOME, [GNOME, 'xterm'], {...ON_X, bus: false}, NO_BUS, IN_TMUX],
    [undefined, [GNOME], {...ON_X, bus: false}, NO_BUS, 'sudo apt-get install -y xterm'],
    [
      undefined,
      [GNOME, 'konsole', 'xterm'],
      {...ON_WAYLAND, bus: false},
      `${NO_BUS} konsole needs a D-Bus session bus, and none answers. xterm needs an X display. DISPLAY is not set.`,
      'sudo apt-get install -y foot',
    ],
    [undefined, ['xterm'], ON_WAYLAND, 'xterm needs an X display. DISPLAY is not set.', 'sudo apt-get install -y foot'],
    ['xterm', [GNOME, 'xterm'], ON_WAYLAND, 'xterm needs an X display. DISPLAY is not set.', IN_TMUX],
    ['xterm', ['xterm'], {...ON_BOTH, x: LOCKED}, `xterm needs an X display. ${LOCKED.fault}`, IN_TMUX],
    ['foot', ['foot'], ON_X, 'foot needs a Wayland display. WAYLAND_DISPLAY is not set.', IN_TMUX],
    ['foot', ['foot'], {...ON_BOTH, wayland: SILENT}, `foot needs a Wayland display. ${SILENT.fault}`, IN_TMUX],
  ]
  for (const [wish, installed, desktop, reason, remedy] of REFUSED) {
    it(`is none, and says so, with ${titleOf(wish, installed, desktop)}`, () =>
      assert.deepEqual(choose(wish, new Set(installed), desktop), {ready: false, reason, remedy}))
  }

  function titleOf(wish: EmulatorName | undefined, installed: readonly EmulatorName[], {x, wayland, bus}: Desktop) {
    const displays = [
      ...(x ? [x.fault === undefined ? 'X' : 'a locked X'] : []),
      ...(wayland ? [wayland.fault === undefined ? 'Wayland' : 'a silent Wayland'] : []),
    ]
    const names = installed.length > 0 ? installed.join(' and ') : 'nothing'
    return `${wish ?? 'no'} wish, ${names} installed, ${displays.join(' and ') || 'no display'}, ${bus ? 'a' : 'no'} bus`
  }
})

describe('the settings of the desktop', () => {
  const read = (settings: Record<string, unknown>) =>
    testPluginHost({stateFolder: '/nowhere', settings}).readSettings(SETTINGS)

  it('may name one of the emulators, or nothing', () => {
    assert.deepEqual(read({}), {emulator: null})
    for (const emulator of ['gnome-terminal', 'kitty', 'alacritty', 'konsole', 'foot', 'xterm', 'wezterm'])
      assert.deepEqual(read({emulator}), {emulator})
  })

  const REFUSED: [what: string, emulator: unknown, shown: string][] = [
    ['another emulator', 'ghostty', '"ghostty"'],
    ['a path to one', '/usr/bin/xterm', '"/usr/bin/xterm"'],
    ['a list', ['xterm'], '["xterm"]'],
    ['a name that every object has', 'constructor', '"constructor"'],
  ]
  for (const [what, emulator, shown] of REFUSED) {
    it(`may not hold ${what}; the refusal names the key and what is accepted`, () => {
      const accepted = '"gnome-terminal", "kitty", "alacritty", "konsole", "foot", "xterm" or "wezterm"'
      assert.throws(() => read({emulator}), {
        message: `config.toml line 1: emulator is ${shown}; accepted is ${accepted}.`,
      })
    })
  }
})
