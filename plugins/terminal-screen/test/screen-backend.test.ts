import assert from 'node:assert/strict'
import {rename} from 'node:fs/promises'

import {describeTerminalBackend} from '@codex-planner/plugin-api/testing'

import provide from '../src/provide.ts'
import {screenBackend} from '../src/screen-backend.ts'
import {socketFolder} from '../src/sockets.ts'
import {throwAwayHost} from './throw-away.ts'

describeTerminalBackend('screen', async () => {
  const {host, remove} = await throwAwayHost({name: `a state; #(touch x) $HOME %n ^A 'q'-`})
  const sockets = socketFolder(host)
  return {backend: screenBackend(host), cleanUp: remove, cutOff: () => rename(sockets, `${sockets}-away`)}
})

describe('the screen plugin', () => {
  it('provides its backend on the host of its own name', async () => {
    const {host, remove} = await throwAwayHost()
    const names: string[] = []
    const backend = await provide({
      hostFor(name) {
        names.push(name)
        return host
      },
    })
    assert.deepEqual([backend.name, backend.api, names], ['screen', 1, ['terminal-screen']])
    await remove()
  })
})
