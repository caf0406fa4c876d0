import type {EmulatorName} from './settings.ts'

export interface Emulator {
  /** Everything behind the program's name; the command is at least two words, so that no shell takes it apart. */
  argv(title: string, command: readonly [string, string, ...string[]]): string[]
  versionArgument: string
  version: RegExp
}

/** What xterm is called in its resources. */
const INSTANCE = 'codex-planner'

export const EMULATOR: Readonly<Record<EmulatorName, Emulator>> = {
  'gnome-terminal': {
    // It waits for the command, so its own end before the window's hello is a failure. It feeds the title to the window as a sequence, which
    // a semicolon would end.
    argv: (title, command) => ['--window', '--wait', `--title=${title.replaceAll(';', ',')}`, '--', ...command],
    versionArgument: '--version',
    version: /GNOME Terminal (\d[\w.]*)/,
  },
  xterm: {
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
    versionArgument: '-version',
    version: /XTerm\((\d+)\)/,
  },
}

function resource(line: string): string[] {
  return ['-xrm', line]
}
