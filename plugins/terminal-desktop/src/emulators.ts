/** What runs in a window: at least two words, so that no shell takes it apart. */
export type Command = readonly [string, string, ...string[]]

export type DisplayKind = 'x' | 'wayland'

/** All that is special about one terminal emulator. A further one is a further row of the table below, and nothing else. */
export interface Emulator {
  /** Where it can open a window, first the one it prefers. */
  displays: readonly [DisplayKind, ...DisplayKind[]]
  /** Everything behind the program's name. What the person has set up stays, unless the command would be lost or its window held. */
  argv(title: string, command: Command, display: DisplayKind): string[]
  /** Asks for its version, without a window. */
  versionArguments: readonly string[]
  version: RegExp
  /** Without a D-Bus session bus it opens no window, or starts a bus of its own. */
  needsBus?: true
  /** One server has all its windows, on the display where that was started. What we start only waits for a window, and is let go with it. */
  hasServer?: true
  /** No program can change the window's title. */
  keepsTitle?: true
  /** Why no test runs it. These rows stand last: they are chosen when nothing else is there. */
  untested?: string
}

/** What xterm is called in its resources. */
const INSTANCE = 'codex-planner'

/** Prints its first argument as the title, and becomes the command in the others. */
const TITLED = String.raw`printf '\033]2;%s\033\\' "$0"; exec "$@"`

/** In the order in which they are chosen. A tested one is the Debian package of its name. */
const TABLE = {
  'gnome-terminal': {
    displays: ['wayland', 'x'],
    // It waits for the command, so its own end before the window's hello is a failure. It feeds the title to the window as a sequence, which
    // a semicolon would end.
    argv: (title, command) => ['--window', '--wait', `--title=${title.replaceAll(';', ',')}`, '--', ...command],
    versionArguments: ['--version'],
    version: /GNOME Terminal (\d[\w.]*)/,
    needsBus: true,
    hasServer: true,
  },
  kitty: {
    displays: ['wayland', 'x'],
    // A session file takes the place of the command. Without the other option a process in the background would hold the window.
    argv: (title, command) => [
      `--title=${title}`,
      '--override=startup_session=none',
      '--override=close_on_child_death=yes',
      ...command,
    ],
    versionArguments: ['--version'],
    version: /^kitty (\d[\w.]*)/,
    keepsTitle: true,
  },
  alacritty: {
    displays: ['wayland', 'x'],
    argv: (title, command) => [`--title=${title}`, '--command', ...command],
    versionArguments: ['--version'],
    version: /^alacritty (\d[\w.]*)/,
    keepsTitle: true,
  },
  konsole: {
    displays: ['wayland', 'x'],
    // Left to itself, Qt goes by the kind of login and not by the display. In the title a semicolon would begin another property of the
    // profile, and a percent sign stands for something else.
    argv: (title, command, display) => [
      ...['-platform', display === 'wayland' ? 'wayland;xcb' : 'xcb'],
      '--separate',
      ...['-p', `tabtitle=${title.replaceAll(';', ',').replaceAll('%', '％')}`],
      ...['-e', ...command],
    ],
    versionArguments: ['-platform', 'offscreen', '--version'],
    version: /^konsole (\d[\w.]*)/,
    needsBus: true,
    keepsTitle: true,
  },
  foot: {
    displays: ['wayland'],
    argv: (title, command) => [`--title=${title}`, '--', ...command],
    versionArguments: ['--version'],
    version: /^foot version: (\d[\w.]*)/,
  },
  xterm: {
    displays: ['x'],
    argv: (title, command) => [
      '-name',
      INSTANCE,
      '-u8',
      '+hold',
      // Whole paths of names: a person's own `XTerm*allowTitleOps: true` would win over a looser line.
      ...resource(`${INSTANCE}.vt100.allowWindowOps: false`),
      ...resource(`${INSTANCE}.vt100.allowTitleOps: false`),
      // Loose on purpose: whatever font the person has set wins. The built-in one lacks most characters that Codex draws with.
      ...resource('*faceName: Monospace'),
      ...resource('*faceSize: 11'),
      '-T',
      title,
      '-e',
      ...command,
    ],
    versionArguments: ['-version'],
    version: /XTerm\((\d+)\)/,
    keepsTitle: true,
  },
  wezterm: {
    displays: ['wayland', 'x'],
    // It takes no title. A domain of the person's own may be a server that runs the command elsewhere.
    argv: (title, command) => [
      ...['--config', 'exit_behavior="Close"'],
      ...['--config', 'default_domain="local"'],
      ...['start', '--always-new-process', '--no-auto-connect'],
      ...['--', '/bin/sh', '-c', TITLED, title],
      ...command,
    ],
    versionArguments: ['--version'],
    version: /^wezterm (\d\S*)/,
    untested: 'Debian 12 has no package of it',
  },
} satisfies Record<string, Emulator>

function resource(line: string): string[] {
  return ['-xrm', line]
}

export type EmulatorName = keyof typeof TABLE

export const EMULATOR: Readonly<Record<EmulatorName, Emulator>> = TABLE

export const EMULATORS = Object.keys(TABLE) as readonly EmulatorName[]

/** Undefined for what has no row. */
export function emulatorNamed(name: unknown): EmulatorName | undefined {
  return EMULATORS.find(known => known === name)
}
