import {existsSync} from 'node:fs'
import path from 'node:path'

import type {PluginHost, Readiness} from '@codex-planner/plugin-api'

import {SETTINGS} from './settings.ts'
import {folderFault, socketFolder} from './sockets.ts'
import {oneLine} from './words.ts'

const INSTALL = 'sudo apt-get install -y screen'

export async function readiness(host: PluginHost): Promise<Readiness> {
  host.readSettings(SETTINGS)
  const program = host.findProgram('screen')
  if (program === undefined) return {ready: false, reason: 'screen is not installed.', remedy: INSTALL}
  // Some versions exit with 1 here.
  const {stdout} = await host.run(program, ['--version'], {cwd: '/', timeout: 5000})
  const version = /^Screen version (\S+)/m.exec(stdout)?.[1]
  if (version === undefined)
    return {
      ready: false,
      reason: `${program} is not GNU screen; it says: ${oneLine(stdout) || 'nothing'}`,
      remedy: INSTALL,
    }
  if (!(await host.processes.identify(process.pid)))
    return {ready: false, reason: 'The system has no /proc that tells processes apart.', remedy: 'ls /proc/self/stat'}
  const sockets = socketFolder(host)
  for (const folder of [path.dirname(sockets), sockets]) {
    const fault = await folderFault(folder)
    if (fault) return {ready: false, ...fault}
  }
  return {
    ready: true,
    detail: `screen ${version}, sockets in ${sockets}${existsSync(sockets) ? '' : ' once one is open'}`,
  }
}
