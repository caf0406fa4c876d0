import type {Readiness} from '@codex-planner/plugin-api'

export const EMULATORS = ['gnome-terminal', 'xterm'] as const
export type EmulatorName = (typeof EMULATORS)[number]

export type Refusal = Extract<Readiness, {ready: false}>

const TABLE = '[plugins.terminal-desktop]'
const EDIT = `\${EDITOR:-vi} "\${CODEX_ORCHESTRATOR_CONFIG:-\${XDG_CONFIG_HOME:-$HOME/.config}/codex-orchestrator/config.toml}"`

/** The emulator that the person asks for; without one the machine decides. */
export function readSettings(settings: Readonly<Record<string, unknown>>): {emulator?: EmulatorName} | Refusal {
  const unknown = Object.keys(settings).find(key => key !== 'emulator')
  if (unknown !== undefined) return refuse(`${JSON.stringify(unknown)} is not a known key; the only one is emulator.`)
  const {emulator} = settings
  if (emulator === undefined) return {}
  const known = EMULATORS.find(name => name === emulator)
  if (known) return {emulator: known}
  return refuse(`emulator is ${shown(emulator)}; accepted is "gnome-terminal" or "xterm".`)
}

function refuse(sentence: string): Refusal {
  return {ready: false, reason: `${TABLE} ${sentence}`, remedy: EDIT}
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
