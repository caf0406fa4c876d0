import type {SettingsSchema} from '@codex-planner/plugin-api'

import {EMULATORS, type EmulatorName, emulatorNamed} from './emulators.ts'
import {listed} from './listing.ts'

export interface Settings {
  /** The one that the person asks for; without it the machine decides. */
  emulator: EmulatorName | null
}

export const SETTINGS: SettingsSchema<Settings> = {
  emulator: {
    default: null,
    accepted: listed(
      EMULATORS.map(name => `"${name}"`),
      'or',
    ),
    read: emulatorNamed,
  },
}
