import {passedOn} from './session-script.ts'
import {shellWord} from './shell.ts'

/** Where the program finds what belongs to this person, and nothing that could be a secret. */
const LOCATIONS = /^(PATH|HOME|LANG|TMUX_TMPDIR|CODEX_HOME|XDG_[A-Z_]+|CODEX_ORCHESTRATOR_[A-Z0-9_]+)$/

/**
 * What a terminal runs when the person wants the whole team suspended. It returns at once and works on behind: the terminal that asked is
 * among those that end. It says something only when it could not be done.
 */
export function suspendScript({
  root,
  cli,
  env,
}: {
  root: string
  cli: string
  env: Readonly<Record<string, string | undefined>>
}): string {
  const locations = passedOn(env).filter(name => LOCATIONS.test(name))
  return `#!/bin/sh
# Suspends the team of ${JSON.stringify(root)}, written by codex-planner.
${locations.map(name => `export ${name}=${shellWord(env[name] ?? '')}\n`).join('')}(
  said=$(${shellWord(cli)} suspend --repo-path ${shellWord(root)} 2>&1) || printf '%s\\n' "$said"
) &
`
}
