import assert from 'node:assert/strict'
import {readdir, rename} from 'node:fs/promises'
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

describe('a start that comes to nothing', () => {
  it('is told of with what the program said, and leaves nothing', async () => {
    const {host, cleanUp} = await throwAwayHost()
    const run = async () => ({exitCode: 1, stdout: '', stderr: 'no more terminals\n'})
    const request = {id: 'start-1', project: 'kit', session: 'worker-1', title: '', script: '/bin/true'}
    const open = () => terminalBackend({...host, run}).open(request)
    const message = `No terminal for worker-1: window.sh did not begin. ${PROGRAM} ended with 1, and said: no more terminals`
    await Promise.all([assert.rejects(open(), {message}), assert.rejects(open(), {message})])
    assert.deepEqual(await readdir(host.stateFolder), [])
    await cleanUp()
  })
})
