import type {SettingsSchema} from '@codex-planner/plugin-api'

export interface Settings {
  /** The letter that, with Ctrl held down, begins a command to screen. */
  command_key: string
}

/** Without the keys that mean something to every program: to interrupt, to end, to rub out, Tab, Enter and to suspend. */
const COMMAND_KEY = /^[abefgklnopqrstuvwxy]$/

export const SETTINGS: SettingsSchema<Settings> = {
  command_key: {
    default: 'a',
    accepted: 'a small letter other than c, d, h, i, j, m and z',
    read: value => (typeof value === 'string' && COMMAND_KEY.test(value) ? value : undefined),
  },
}
