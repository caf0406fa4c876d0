import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {rename} from 'node:fs/promises'

import {describeTerminalBackend} from '@codex-planner/plugin-api/testing'

import provide from '../src/provide.ts'
import {socketPath} from '../src/socket.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {throwAwayHost} from './throw-away.ts'

describeTerminalBackend('tmux', async () => {
  const {host, remove} = await throwAwayHost(`a state; #(touch x) 'q'-`)
  const socket = socketPath(host)
  const away = `${socket}-away`
  return {
    backend: tmuxBackend(host),
    async cleanUp() {
      if (existsSync(away)) await rename(away, socket)
      await remove()
    },
    cutOff: () => rename(socket, away),
  }
})

describe('the tmux plugin', () => {
  it('provides its backend on the host of its own name', async () => {
    const {host, remove} = await throwAwayHost()
    const names: string[] = []
    const backend = await provide({
      hostFor(name) {
        names.push(name)
        return host
      },
    })
    assert.deepEqual([backend.name, backend.api, names], ['tmux', 1, ['terminal-tmux']])
    await remove()
  })
})
