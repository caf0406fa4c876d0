import type {Readiness} from '@codex-planner/plugin-api'

export type Refusal = Extract<Readiness, {ready: false}>

const TABLE = '[plugins.terminal-screen]'
const EDIT = `\${EDITOR:-vi} "\${CODEX_ORCHESTRATOR_CONFIG:-\${XDG_CONFIG_HOME:-$HOME/.config}/codex-orchestrator/config.toml}"`

/** Without the keys that mean something to every program: to interrupt, to end, to rub out, Tab, Enter and to suspend. */
const COMMAND_KEY = /^[abefgklnopqrstuvwxy]$/

/** The letter that, with Ctrl held down, begins a command to screen. */
export function readSettings(settings: Readonly<Record<string, unknown>>): {commandKey: string} | Refusal {
  const unknown = Object.keys(settings).find(key => key !== 'command_key')
  if (unknown !== undefined)
    return refuse(`${JSON.stringify(unknown)} is not a known key; the only one is command_key.`)
  const {command_key: commandKey = 'a'} = settings
  if (typeof commandKey === 'string' && COMMAND_KEY.test(commandKey)) return {commandKey}
  return refuse(`command_key is ${shown(commandKey)}; accepted is a small letter other than c, d, h, i, j, m and z.`)
}

function refuse(sentence: string): Refusal {
  return {ready: false, reason: `${TABLE} ${sentence}`, remedy: EDIT}
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
