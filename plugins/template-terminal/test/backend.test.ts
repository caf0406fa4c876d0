import assert from 'node:assert/strict'
import {rename} from 'node:fs/promises'
import {describeTerminalBackend, throwAwayHost} from '@codex-planner/plugin-api/testing'

import {terminalBackend} from '../src/backend.ts'
import {INSTALL, PROGRAM} from '../src/program.ts'

describeTerminalBackend(PROGRAM, async () => {
  const {host, cleanUp} = await throwAwayHost()
  return {
    backend: terminalBackend(host),
    cleanUp,
    // Takes the sockets away, while the terminals go on.
    cutOff: () => rename(host.stateFolder, `${host.stateFolder}-away`),
  }
})

describe('a machine without the program', () => {
  it('is told of it, and of the command that helps', async () => {
    const {host, cleanUp} = await throwAwayHost({env: {PATH: '/nowhere'}})
    const reason = `${PROGRAM} is not installed.`
    assert.deepEqual(await terminalBackend(host).check(), {ready: false, reason, remedy: INSTALL})
    await cleanUp()
  })
})
