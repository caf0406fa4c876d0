// Opens one window, prints its record, and stays until it is killed: the caller that a window must outlive.
import type {OpenTerminal} from '@codex-planner/plugin-api'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {desktopBackend} from '../src/desktop-backend.ts'

const [stateFolder = '', emulator = '', request = ''] = process.argv.slice(2)
const backend = desktopBackend(testPluginHost({stateFolder, settings: {emulator}}))
process.stdout.write(`${JSON.stringify(await backend.open(JSON.parse(request) as OpenTerminal))}\n`)
setInterval(() => undefined, 1000)
