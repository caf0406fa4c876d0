import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import type {ProcessIdentity} from '@codex-planner/plugin-api'
import {throwAwayHost} from '@codex-planner/plugin-api/testing'
import {expect} from 'chai'

import {commandLine, probeProcess} from '../../src/system/process.ts'
import {processes as ours} from '../../src/system/processes.ts'
import {eventually} from '../support/world.ts'

const {host, cleanUp} = await throwAwayHost()
await cleanUp()

for (const [whose, processes] of [
  ['what the program gives to plugins', ours],
  ['what a plugin has in its own tests', host.processes],
] as const) {
  describe(`a process, by ${whose}`, () => {
    const started: ChildProcess[] = []

    /** A shell that leads a session of its own, and what it says first. */
    async function aSession(script: string): Promise<{identity: ProcessIdentity; said: number}> {
      const child = spawn('/bin/sh', ['-c', script], {detached: true, stdio: ['ignore', 'pipe', 'ignore']})
      started.push(child)
      const [text] = (await once(child.stdout, 'data')) as [Buffer]
      const identity = await processes.identify(Number(child.pid))
      if (!identity) throw new Error('The shell has no identity.')
      return {identity, said: Number(String(text))}
    }

    const runs = (pid: number) => probeProcess(pid).found.present

    afterEach(() => {
      for (const child of started.splice(0)) {
        if (child.pid !== undefined && runs(child.pid)) process.kill(-child.pid, 'SIGKILL')
      }
    })

    it('is this one, and not its number with another start, boot or namespace', async () => {
      const self = await processes.identify(process.pid)
      if (!self) throw new Error('This process has no identity.')
      const others = [
        {...self, started: self.started + 1},
        {...self, boot: 'another'},
        {...self, pidns: 'pid:[1]'},
        {...self, boot: 'another', pidns: 'pid:[1]'},
        {...self, pid: 2 ** 22 + 1},
      ]
      expect(await processes.statesOf([self, ...others, self])).to.deep.equal([
        'open',
        'gone',
        'gone',
        'unknown',
        'gone',
        'gone',
        'open',
      ])
      expect(await processes.statesOf([])).to.deep.equal([])
    })

    it('has no identity when nobody has the number', async () => {
      expect(await processes.identify(2 ** 22 + 1)).to.equal(undefined)
    })

    it('is gone while it is a zombie', async () => {
      const {identity, said} = await aSession('sleep 100 & echo $!; exec sleep 100')
      const zombie = await processes.identify(said)
      if (!zombie) throw new Error('The child has no identity.')
      // The shell becomes a program that never asks for its child's end.
      await eventually('the parent to be another program', async () => commandLine(identity.pid) === 'sleep 100')
      process.kill(said, 'SIGKILL')
      await eventually('the zombie', async () => /\) Z /.test(readFileSync(`/proc/${said}/stat`, 'utf8')))
      expect(await processes.statesOf([zombie])).to.deep.equal(['gone'])
      expect(await processes.identify(said)).to.equal(undefined)
    })

    it('has everything in its session as members, and no others', async () => {
      const {identity, said} = await aSession('set -m; sleep 100 & echo $!; wait')
      const members = await processes.membersOf(identity)
      expect(members.map(({pid}) => pid)).to.have.members([identity.pid, said])
      expect(await processes.statesOf(members)).to.deep.equal(['open', 'open'])
      expect(await processes.membersOf({...identity, started: identity.started + 1})).to.deep.equal([])
    })

    it('is ended with its session, also what heeds no signal but the last', async () => {
      const {identity, said} = await aSession(
        `set -m; sh -c 'trap "" TERM HUP; echo $$; while :; do sleep 1; done' & wait`,
      )
      expect(await processes.end(identity)).to.equal('gone')
      expect([runs(identity.pid), runs(said)]).to.deep.equal([false, false])
      expect(await processes.end(identity)).to.equal('gone')
    })

    it('is not ended when it is another, or cannot be told from another', async () => {
      const {identity} = await aSession('echo 1; exec sleep 100')
      expect(await processes.end({...identity, started: identity.started + 1})).to.equal('gone')
      expect(await processes.end({...identity, boot: 'another'})).to.equal('gone')
      expect(await processes.end({...identity, pidns: 'pid:[1]'})).to.equal('unknown')
      expect(runs(identity.pid)).to.equal(true)
    })
  })
}
