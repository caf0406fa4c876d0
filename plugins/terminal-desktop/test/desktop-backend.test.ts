import assert from 'node:assert/strict'

import {describeTerminalBackend} from '@codex-planner/plugin-api/testing'
import {processes} from '../../../src/system/processes.ts'
import {desktopBackend} from '../src/desktop-backend.ts'
import provide from '../src/provide.ts'
import {throwAwayDesktop} from './throw-away-desktop.ts'

for (const emulator of ['gnome-terminal', 'xterm']) {
  describeTerminalBackend(`the desktop with ${emulator}`, async () => {
    const desktop = await throwAwayDesktop()
    return {backend: desktopBackend(await desktop.host({settings: {emulator}})), cleanUp: () => desktop.close()}
  })
}

describe('the desktop plugin', () => {
  it('provides its backend on the host of its own name, and with auto before tmux', async () => {
    const names: string[] = []
    const backend = await provide({
      hostFor(name) {
        names.push(name)
        return {
          env: {},
          readSettings: () => {
            throw new Error('Nothing is read.')
          },
          stateFolder: '/nowhere',
          processes,
          findProgram: () => undefined,
          run: () => Promise.reject(new Error('Nothing is run.')),
          start: () => Promise.reject(new Error('Nothing is started.')),
        }
      },
    })
    assert.deepEqual([backend.name, backend.api, names], ['desktop', 1, ['terminal-desktop']])
    assert.ok(backend.autoRank > 10)
    for (const member of ['screen', 'type', 'dashboard']) assert.equal(member in backend, false, member)
  })
})
