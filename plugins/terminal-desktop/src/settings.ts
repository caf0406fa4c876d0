import type {Readiness, SettingsSchema} from '@codex-planner/plugin-api'

export const EMULATORS = ['gnome-terminal', 'xterm'] as const
export type EmulatorName = (typeof EMULATORS)[number]

export type Refusal = Extract<Readiness, {ready: false}>

export interface Settings {
  /** The one that the person asks for; without it the machine decides. */
  emulator: EmulatorName | null
}

export const SETTINGS: SettingsSchema<Settings> = {
  emulator: {
    default: null,
    accepted: '"gnome-terminal" or "xterm"',
    read: value => EMULATORS.find(name => name === value),
  },
}
