import {type ChildProcess, spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {existsSync, readFileSync, readlinkSync} from 'node:fs'
import {mkdtemp, open, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {processState} from '../../src/domain/status.ts'
import {
  commandLine,
  identify,
  probeOf,
  probeProcess,
  processesHolding,
  processesOfRun,
  processesOfRuns,
  provesAbsence,
  signalGroup,
} from '../../src/system/process.ts'
import {processGroup} from '../support/process-group.ts'
import {eventually} from '../support/world.ts'

const started: ChildProcess[] = []
const left: number[] = []

/** A program that stays; it leads a process group of its own. */
async function aChild(
  program = 'sleep',
  args: string[] = ['120'],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildProcess & {pid: number}> {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {PATH: process.env.PATH, ...env},
  })
  await once(child, 'spawn')
  started.push(child)
  if (child.pid === undefined) throw new Error(`${program} has no number.`)
  return child as ChildProcess & {pid: number}
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function line(child: ChildProcess): Promise<string> {
  const [text] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return String(text).trim()
}

describe('a process of this machine', () => {
  afterEach(async () => {
    for (const child of started.splice(0)) await end(child)
    for (const pid of left.splice(0)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
  })

  it('is told from all others by number, start, boot and namespace (F-105)', async () => {
    const {pid} = await aChild()
    const ticks = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21])
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const pidns = readlinkSync('/proc/self/ns/pid')
    expect(identify(pid)).to.deep.equal({pid, started: ticks, boot, pidns})
    expect(probeProcess(pid)).to.deep.equal({boot, pidns, found: {present: true, started: ticks}})
    expect(ticks).to.be.above(0)
  })

  it('is alive, then gone after its end', async () => {
    const child = await aChild()
    const identity = identify(child.pid)
    expect(processState(identity, probeProcess(child.pid))).to.equal('alive')
    await end(child)
    expect(probeProcess(child.pid).found).to.deep.equal({present: false})
    expect(processState(identity, probeProcess(child.pid))).to.equal('gone')
    expect(identify(child.pid).started).to.equal(null)
    expect(commandLine(child.pid)).to.equal('')
  })

  it('is gone while it is a zombie that nobody has fetched (F-031)', async () => {
    // The shell becomes a program that never asks for its child's end.
    const parent = await aChild('sh', ['-c', 'sleep 120 & echo $!; exec sleep 120'])
    const pid = Number(await line(parent))
    await eventually('the parent to be another program', async () => commandLine(parent.pid) === 'sleep 120')
    const identity = identify(pid)
    expect(processState(identity, probeProcess(pid))).to.equal('alive')
    process.kill(pid, 'SIGKILL')
    await eventually('the zombie', async () => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
    expect(probeProcess(pid).found).to.deep.equal({present: false})
    expect(processState(identity, probeProcess(pid))).to.equal('gone')
    expect(identify(pid).started).to.equal(null)
  })

  it('is read right whatever it calls itself', async () => {
    const code = 'process.title = "x) Z 1 (2"; console.log("named"); setInterval(() => undefined, 1000)'
    const child = await aChild(process.execPath, ['-e', code])
    expect(await line(child)).to.equal('named')
    const {pid} = child
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    expect(stat).to.include('(x) Z 1 (2)')
    const ticks = Number(stat.split(' ').at(-52 + 21))
    expect(probeProcess(pid).found).to.deep.equal({present: true, started: ticks})
  })

  it('is known by its command line', async () => {
    expect(commandLine((await aChild('sleep', ['121'])).pid)).to.equal('sleep 121')
  })
})

describe('a look at a process that fails', () => {
  const machine = {boot: 'a', pidns: 'pid:[1]'}
  const identity = {pid: 7, started: 12, ...machine}
  const failing = (code: string) => probeOf({fault: Object.assign(new Error(code), {code})}, machine)

  for (const code of ['ENOENT', 'ESRCH']) {
    it(`proves with ${code} that it is gone`, () => {
      expect(provesAbsence(code)).to.equal(true)
      expect(processState(identity, failing(code))).to.equal('gone')
    })
  }

  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM', 'EIO']) {
    it(`proves nothing with ${code}`, () => {
      expect(provesAbsence(code)).to.equal(false)
      expect(processState(identity, failing(code))).to.equal('unknown')
    })
  }
})

describe('an answer about a process', () => {
  it('that is cut short tells no start, and so proves nothing', () => {
    const machine = {boot: 'a', pidns: 'pid:[1]'}
    const probe = probeOf({text: '7 (x) S 1 7'}, machine)
    expect(probe.found).to.deep.equal({present: true, started: null})
    expect(processState({pid: 7, started: 12, ...machine}, probe)).to.equal('unknown')
  })
})

describe('the processes of one start', () => {
  const run = `worker-task-001-${randomBytes(4).toString('hex')}`

  afterEach(async () => {
    for (const child of started.splice(0)) await end(child)
    for (const pid of left.splice(0)) if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL')
  })

  it('are found wherever they moved, and no others', async () => {
    const env = {CODEX_ORCHESTRATOR_RUN: run}
    const leader = await aChild('sh', ['-c', 'setsid sleep 122 & echo $!; wait'], env)
    const escaped = Number(await line(leader))
    left.push(escaped)
    await eventually('the child to have a session of its own', async () => processGroup(escaped) === escaped)
    await eventually('the child to be the program', async () => commandLine(escaped) === 'sleep 122')
    await aChild('sleep', ['123'], {CODEX_ORCHESTRATOR_RUN: `${run}0`})
    await aChild('sleep', ['124'], {OTHER: run})
    await aChild('sleep', ['125', `CODEX_ORCHESTRATOR_RUN=${run}`])
    expect(await processesOfRun(run)).to.have.members([leader.pid, escaped])
    expect(await processesOfRun(run.slice(0, -1))).to.deep.equal([])
  })

  it('are found for many starts at once, each at its own', async () => {
    const [one, other, none] = [`${run}-1`, `${run}-2`, `${run}-3`]
    const children = [
      await aChild('sleep', ['127'], {CODEX_ORCHESTRATOR_RUN: one}),
      await aChild('sleep', ['128'], {A: '1', CODEX_ORCHESTRATOR_RUN: other}),
      await aChild('sleep', ['129'], {CODEX_ORCHESTRATOR_RUN: one, Z: '1'}),
      await aChild('sleep', ['130'], {X_CODEX_ORCHESTRATOR_RUN: none}),
    ].map(({pid}) => pid)
    const found = await processesOfRuns([one, other, none])
    expect([...found.keys()]).to.have.members([one, other])
    expect(found.get(one)).to.have.members([children[0], children[2]])
    expect(found.get(other)).to.deep.equal([children[1]])
    expect(await processesOfRuns([])).to.deep.equal(new Map())
  })

  it('are found after their leader died, and are none after their own end', async () => {
    const leader = await aChild('sh', ['-c', 'setsid sleep 126 & echo $!; wait'], {CODEX_ORCHESTRATOR_RUN: run})
    const escaped = Number(await line(leader))
    left.push(escaped)
    await eventually('the child to have a session of its own', async () => processGroup(escaped) === escaped)
    await end(leader)
    expect(await processesOfRun(run)).to.deep.equal([escaped])
    process.kill(escaped, 'SIGKILL')
    await eventually('no process', async () => (await processesOfRun(run)).length === 0)
  })
})

describe('an open file', () => {
  it('tells which processes have it open, and that none has it any more', async () => {
    const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'cp-'))
    const file = path.join(folder, 'index.lock')
    const handle = await open(file, 'w')
    try {
      expect(await processesHolding(file)).to.deep.equal([process.pid])
    } finally {
      await handle.close()
    }
    expect(await processesHolding(file)).to.deep.equal([])
    await rm(folder, {recursive: true})
  })
})

describe('a signal to a process group', () => {
  afterEach(async () => {
    for (const child of started.splice(0)) await end(child)
  })

  it('reaches every process in it', async () => {
    const leader = await aChild('sh', ['-c', 'sleep 127 & echo $!; wait'])
    const member = Number(await line(leader))
    left.push(member)
    const ended = once(leader, 'exit')
    signalGroup(leader.pid, 'SIGTERM')
    expect(await ended).to.deep.equal([null, 'SIGTERM'])
    await eventually('the member to be gone', async () => !probeProcess(member).found.present)
  })

  it('is no fault when the group is gone', async () => {
    const child = await aChild()
    await end(child)
    signalGroup(child.pid, 'SIGKILL')
  })
})
