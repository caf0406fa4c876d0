import {CRASH_AT} from './intent.ts'
import {shellLine, shellWord} from './shell.ts'

export interface SessionScript {
  session: string
  run: string
  /** The key of the repository it belongs to, `[a-z0-9-]`. */
  project: string
  /** The absolute folder of this start. */
  folder: string
  /** The absolute folder Codex works in. */
  cwd: string
  /** Variables that tell everything inside the session who it is. */
  identity: Readonly<Record<string, string>>
  /** Put in front of PATH, for shells that keep it. */
  shimFolder: string
  codex: readonly string[]
  /** The absolute file whose text is Codex's last argument; null for none. */
  promptFile: string | null
  /** Run at the end, to report it. */
  report: readonly string[]
}

/**
 * The program of a session's terminal. A shell waits at the cost of a megabyte where Node would take forty. It must not trap HUP: a
 * hang-up reaches only this shell, and Codex would go on without a terminal. Codex stays in the foreground: in the background INT and
 * QUIT would be ignored in all that the agent starts.
 */
export function sessionScript(script: SessionScript): string {
  const prompt = script.promptFile === null ? '' : ` "$(cat ${shellWord(script.promptFile)})"`
  return `#!/bin/sh
# One start of the session ${script.session}, written by codex-planner.
set -f
run=${shellWord(script.folder)}

# Whoever creates the claim first, this script or a repair, decides whether Codex starts.
if ! (set -C; echo script >"$run/claim") 2>/dev/null; then
  echo 'codex-planner: this start was taken back. Nothing is started.'
  exit 75
fi

# The environment of whoever asked for this session. It may hold secrets: read once, then removed.
if [ -f "$run/env" ]; then . "$run/env"; rm -f "$run/env"; fi
${Object.entries(script.identity)
  .map(([name, value]) => `export ${name}=${shellWord(value)}`)
  .join('\n')}
export PATH=${shellWord(script.shimFolder)}"\${PATH:+:$PATH}"

# Hello: which process this is, so that nobody mistakes another for it later.
pgid= started= boot= pidns=
if [ -r "/proc/$$/stat" ]; then
  read -r stat <"/proc/$$/stat"
  set -- \${stat##*) }
  pgid=$3 started=\${20}
  read -r boot </proc/sys/kernel/random/boot_id
  pidns=$(readlink /proc/self/ns/pid)
fi
printf 'pid=%s\\npgid=%s\\nstarted=%s\\nboot=%s\\npidns=%s\\nrun=%s\\nproject=%s\\n' \\
  "$$" "$pgid" "$started" "$boot" "$pidns" ${shellWord(script.run)} ${shellWord(script.project)} >"$run/hello.tmp" && mv "$run/hello.tmp" "$run/hello"

trap : TERM INT
if cd ${shellWord(script.cwd)}; then
  ${shellLine(script.codex)}${prompt}
  code=$?
else
  code=78
fi
printf 'code=%s\\nat=%s\\n' "$code" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$run/exit.tmp" && mv "$run/exit.tmp" "$run/exit"
${shellLine(script.report)}
exit "$code"
`
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What a terminal sets for itself, what a shell keeps for itself, and what makes Node load code. */
const NOT_PASSED_ON = new Set([
  ...[
    'TERM',
    'TERMCAP',
    'TMUX',
    'TMUX_PANE',
    'STY',
    'WINDOWID',
    'COLUMNS',
    'LINES',
    'COLORTERM',
    'TERM_PROGRAM',
    'TERM_PROGRAM_VERSION',
    'VTE_VERSION',
    'GNOME_TERMINAL_SCREEN',
    'GNOME_TERMINAL_SERVICE',
    'XTERM_LOCALE',
    'XTERM_SHELL',
    'XTERM_VERSION',
    'TERMINFO',
    'COLORFGBG',
    'PROFILEHOME',
    'SHELL_SESSION_ID',
  ],
  ...[
    '_',
    'PWD',
    'OLDPWD',
    'SHLVL',
    'IFS',
    'PPID',
    'PS1',
    'PS2',
    'PS4',
    'ENV',
    'BASH_ENV',
    'SHELLOPTS',
    'BASHOPTS',
    'UID',
    'EUID',
  ],
  // A value that is no number, or any at all, ends the shell that is given them.
  ...['OPTIND', 'BASH_VERSINFO'],
  ...['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_UNIQUE_ID', 'NODE_V8_COVERAGE', 'INIT_CWD'],
  CRASH_AT,
  ...['CODEX_THREAD_ID', 'CODEX_SESSION_ID', 'CODEX_CI', 'CODEX_VERSION'],
])

/** What `git rev-parse --local-env-vars` names: it would lead every git of the session to another repository. */
const OF_ONE_REPOSITORY =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|PREFIX|INTERNAL_SUPER_PREFIX)$/

function isPassedOn(name: string): boolean {
  if (!NAME.test(name) || NOT_PASSED_ON.has(name)) return false
  if (/^(npm_|BASH_FUNC|GIT_CONFIG|KITTY_|ALACRITTY_|KONSOLE_|WEZTERM_)/.test(name) || OF_ONE_REPOSITORY.test(name))
    return false
  return !/^CODEX_ORCHESTRATOR_(PROJECT|ROLE|SESSION|RUN|CLI|LEASE)$/.test(name)
}

/** Names of the variables that a session takes over from whoever starts it. */
export function passedOn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter(name => isPassedOn(name) && env[name] !== undefined)
    .toSorted()
}

/** The file the script reads once. */
export function environmentFile(env: Readonly<Record<string, string | undefined>>): string {
  return passedOn(env)
    .map(name => `export ${name}=${shellWord(env[name] ?? '')}\n`)
    .join('')
}
