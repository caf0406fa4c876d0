import {shellLine, shellWord} from './shell.ts'

/** A hook that Codex asks before each command of a session, by the words of Codex's own settings. */
export interface Hook {
  /** Run by a shell. */
  command: string
  /** The tools it is asked about, as a regular expression. */
  matcher: string
  /** In seconds; then the command goes on. */
  timeout: number
}

/** Under this name Codex knows the first hook of a command line. */
export const HOOK_KEY = '/<session-flags>/config.toml:pre_tool_use:0:0'

/** The hook that refuses heavy commands by a script of ours, absolute. */
export function heavyHook(script: string): Hook {
  return {command: shellWord(script), matcher: '^Bash$', timeout: 10}
}

/** The text whose SHA-256 Codex 0.169.0 knows a hook by: its definition as JSON, keys in order, without blanks. */
export function trustText({command, matcher, timeout}: Hook): string {
  return JSON.stringify({
    event_name: 'pre_tool_use',
    hooks: [{async: false, command, timeout, type: 'command'}],
    matcher,
  })
}

/** Whether arguments of Codex set hooks. Ours would take their place, for one command line has one set of them. */
export function setsHooks(args: readonly string[]): boolean {
  return args.some((word, index) => {
    const joined = /^(?:--config=|-c=?)(.+)$/s.exec(word)?.[1]
    const before = args[index - 1]
    const value = before === '-c' || before === '--config' ? word : joined
    return value !== undefined && /^\s*["']?hooks["']?\s*[.=]/.test(value)
  })
}

/**
 * The script of the hook. It is run for each command of the agent, so it looks for the words first and starts our program only when they
 * are there. Whatever goes wrong lets the command pass: only an answer of ours refuses it, by exit code 2 and a text on standard error.
 */
export function heavyHookScript(
  entries: readonly string[],
  {self, cli}: {self: readonly string[]; cli: string},
): string {
  const flags = entries.flatMap(entry => ['--heavy', entry])
  return `#!/bin/sh
# Asked by Codex before each command of a session, written by codex-planner.
asked=$(cat)
printf '%s\\n' "$asked" | LC_ALL=C grep -qE ${shellWord(mayHold(entries))} || exit 0
answer=$(printf '%s\\n' "$asked" | ${shellLine([...self, 'internal', 'heavy-command', '--cli', cli, ...flags])} 2>/dev/null) || exit 0
[ -n "$answer" ] || exit 0
printf '%s\\n' "$answer" >&2
exit 2
`
}

/** Fits every question about a line with one of these commands, and few others; the folders in it stand before the command. */
function mayHold(entries: readonly string[]): string {
  const commands = entries.map(entry => entry.split(' ').map(literal).join('.*'))
  return `"command":.*(${commands.join('|')})`
}

function literal(word: string): string {
  return word.replace(/[.+]/g, '[$&]')
}

/** The line that Codex asks about; undefined when it asks about something else. */
export function askedLine(question: unknown): string | undefined {
  const {tool_name: tool, tool_input: input} = (question ?? {}) as {tool_name?: unknown; tool_input?: unknown}
  const {command} = (input ?? {}) as {command?: unknown}
  return tool === 'Bash' && typeof command === 'string' ? command : undefined
}
