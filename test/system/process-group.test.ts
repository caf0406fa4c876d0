import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {expect} from 'chai'

import type {ProcessIdentity} from '../../src/domain/status.ts'
import {identify} from '../../src/system/process.ts'
import {endTree, groupState, signalTree} from '../../src/system/process-group.ts'

describe('a process group', () => {
  const begun: ChildProcess[] = []
  afterEach(() => {
    for (const {pid} of begun.splice(0)) {
      if (pid !== undefined && groupState(identify(pid)) !== 'gone') process.kill(-pid, 'SIGKILL')
    }
  })

  /** A shell that leads a group, and what it started. */
  async function group(script: string): Promise<{child: ChildProcess; leader: ProcessIdentity; inner: number}> {
    const child = spawn('sh', ['-c', script], {detached: true, stdio: ['ignore', 'pipe', 'ignore']})
    begun.push(child)
    const [text] = await once(child.stdout, 'data')
    return {child, leader: identify(child.pid ?? 0), inner: Number(String(text).trim())}
  }

  async function gone(pid: number): Promise<void> {
    for (let tries = 0; identify(pid).started !== null; tries += 1) {
      if (tries > 1000) throw new Error(`${pid} did not end`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  it('is alive until the last of it is gone, also without its leader', async () => {
    const {child, leader, inner} = await group('sleep 600 & echo $!; wait')
    expect(groupState(leader)).to.equal('alive')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(groupState(leader)).to.equal('alive')
    process.kill(inner, 'SIGKILL')
    await gone(inner)
    expect(groupState(leader)).to.equal('gone')
  })

  it('is gone when its number belongs to another process, or to another boot (F-105)', async () => {
    const {leader} = await group('sleep 600 & echo $!; wait')
    expect(groupState({...leader, started: (leader.started ?? 0) - 1})).to.equal('gone')
    expect(groupState({...leader, boot: 'another'})).to.equal('gone')
  })

  it('is unknown when its number is from another pid namespace (F-120)', async () => {
    const {leader} = await group('sleep 600 & echo $!; wait')
    expect(groupState({...leader, pidns: 'pid:[1]'})).to.equal('unknown')
  })

  it('hears a signal as a whole, and so does what left it', async () => {
    const {child, leader, inner} = await group('setsid sleep 600 & echo $!; wait')
    signalTree(leader.pid, {group: true}, 'SIGTERM')
    await once(child, 'exit')
    await gone(inner)
  })

  it('is no group of ours to signal when the process shares one', async () => {
    const child = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], {stdio: ['ignore', 'pipe', 'ignore']})
    const [text] = await once(child.stdout, 'data')
    signalTree(child.pid ?? 0, {group: false}, 'SIGTERM')
    expect(await once(child, 'exit')).to.deep.equal([null, 'SIGTERM'])
    await gone(Number(String(text)))
  })

  it('is asked to end, and killed when it does not', async () => {
    const {child, leader, inner} = await group(`trap '' TERM; sleep 600 & echo $!; wait`)
    const ended = once(child, 'exit')
    await endTree(leader.pid, {group: true}, 50)
    expect(await ended).to.deep.equal([null, 'SIGKILL'])
    expect(identify(inner).started).to.equal(null)
  })
})
