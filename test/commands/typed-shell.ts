import {execFileSync} from 'node:child_process'
import path from 'node:path'

import {eventually} from '../support/world.ts'
import {type Machine, runProgram} from './machine.ts'

/** A shell in a terminal of its own, and a person's keys. */
export interface TypedShell {
  /** Types it, as it stands. */
  type(text: string): Promise<void>
  /** As tmux calls them: `Tab`, `Enter`, `C-u`. */
  press(...keys: string[]): Promise<void>
  /** What the terminal shows, without empty lines, once that holds. */
  shown(what: string, holds: (screen: string) => boolean): Promise<string>
  close(): Promise<void>
}

// Each has a tmux of its own: one that is about to end takes no new session.
let opened = 0

/** `words` is the shell with its arguments; its prompt is to be `> `. */
export async function openTypedShell(
  machine: Machine,
  {words, cwd, env = {}}: {words: readonly string[]; cwd: string; env?: NodeJS.ProcessEnv},
): Promise<TypedShell> {
  opened += 1
  const socket = path.join(machine.folder, `typed-${opened}.sock`)
  const tmux = async (...args: string[]) => {
    const {code, stdout, stderr} = await runProgram('tmux', ['-u', '-f', '/dev/null', '-S', socket, ...args], {
      cwd,
      env: {...machine.env, TERM: 'xterm-256color', ...env},
    })
    if (code !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const screen = async () =>
    (await tmux('capture-pane', '-p'))
      .split('\n')
      .filter(line => line !== '')
      .join('\n')
  const shown: TypedShell['shown'] = async (what, holds) => {
    const look = async () => {
      const now = await screen()
      return holds(now) && now
    }
    try {
      return await eventually(what, look, 30_000)
    } catch (error) {
      throw new Error(`${String(error)} The terminal shows:\n${await screen()}`, {cause: error})
    }
  }
  await tmux('new-session', '-d', '-x', '160', '-y', '40', '-c', cwd, ...words)
  await shown('the prompt', now => now.trimEnd().endsWith('>'))
  return {
    type: async text => void (await tmux('send-keys', '-l', '--', text)),
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    shown,
    close: async () => void (await tmux('kill-server')),
  }
}

/** Names what is missing, so that a red test says how to mend it. */
export function requireShells(): void {
  const missing = ['bash', 'zsh', 'fish', 'tmux'].filter(name => !isThere(name))
  if (missing.length === 0) return
  throw new Error(`${missing.join(', ')}: not installed.\nTry this: sudo apt-get install -y ${missing.join(' ')}`)
}

function isThere(name: string): boolean {
  try {
    execFileSync(name, [name === 'tmux' ? '-V' : '--version'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
