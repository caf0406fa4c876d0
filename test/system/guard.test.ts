import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'

import {probeProcess} from '../../src/system/process.ts'
import {signalTree} from '../../src/system/process-group.ts'
import {eventually} from '../support/world.ts'

const GUARD = path.resolve(import.meta.dirname, '../../src/system/guard.ts')

describe('the guard of a command', () => {
  /** The pids of a process that starts a guard, and of the command beside it, of which the guard is told or not. */
  async function started(isTold: boolean, guarded?: string): Promise<[keeper: number, command: number]> {
    const code = `
      import {spawn} from 'node:child_process'
      import {startGuard} from ${JSON.stringify(GUARD)}
      const guard = startGuard(${guarded === undefined ? '' : JSON.stringify(`GUARDED=${guarded}`)})
      const env = {...process.env, GUARDED: ${JSON.stringify(guarded)}}
      const command = spawn('/bin/sleep', ['300'], {detached: true, stdio: 'ignore', env})
      if (${isTold}) guard.watch(command.pid, {group: true})
      console.log(command.pid)
      setInterval(() => undefined, 1000)`
    const keeper = spawn(process.execPath, ['--input-type=module', '-e', code], {stdio: ['ignore', 'pipe', 'inherit']})
    const [text] = await once(keeper.stdout, 'data')
    return [keeper.pid ?? 0, Number(String(text))]
  }

  const runs = (pid: number) => probeProcess(pid).found.present

  it('ends it when the process that started it is killed, at once after it has begun', async () => {
    const [keeper, command] = await started(true)
    process.kill(keeper, 'SIGKILL')
    await eventually('the command to end', async () => !runs(command))
  })

  it('knows it by its environment when it has not been told whom, and nobody else', async function () {
    if (!existsSync('/proc/self/environ')) this.skip()
    const [otherKeeper, other] = await started(false, 'this one too')
    const [keeper, command] = await started(false, 'this one')
    try {
      process.kill(keeper, 'SIGKILL')
      await eventually('the command to end', async () => !runs(command))
      expect(runs(other)).to.equal(true)
    } finally {
      process.kill(otherKeeper, 'SIGKILL')
    }
    await eventually('the other to end', async () => !runs(other))
  })

  it('ends nobody while it has not been told whom', async () => {
    const [keeper, command] = await started(false)
    try {
      process.kill(keeper, 'SIGKILL')
      await eventually('the process to end', async () => !runs(keeper))
      expect(runs(command)).to.equal(true)
    } finally {
      signalTree(command, {group: true}, 'SIGKILL')
    }
  })
})
