import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {withLock} from '../../src/store/lock.ts'
import {start} from './start-process.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

const script = join(import.meta.dirname, 'processes', 'enter-lock.ts')

interface Door {
  lock: string
  notes: string
  /** A process that goes in, once it stands in line; the lock must be held. */
  lineUp: (name: string, times?: number, holdMs?: number, command?: readonly string[]) => Promise<ChildProcess>
  /** Who went in, in their order; it throws when two were in at once. */
  entered: () => Promise<string[]>
}

const begun: ChildProcess[] = []

async function door(): Promise<Door> {
  const {kept, lock} = await tempProject()
  await mkdir(kept)
  const notes = join(kept, 'notes')
  await writeFile(notes, '')
  return {
    lock,
    notes,
    async lineUp(name, times = 1, holdMs = 2, command = []) {
      const before = inLine(lock)
      const [program, ...argv] = [...command, process.execPath, script]
      const child = spawn(program, [...argv, lock, notes, name, String(times), String(holdMs)], {stdio: 'ignore'})
      begun.push(child)
      while (inLine(lock) === before) {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it stood in line.`)
        await delay(10)
      }
      return child
    },
    async entered() {
      const lines = (await readFile(notes, 'utf8')).trimEnd().split('\n')
      const names = lines.filter((_, index) => index % 2 === 0).map(line => line.replace(/ in$/, ''))
      expect(lines).to.deep.equal(names.flatMap(name => [`${name} in`, `${name} out`]))
      return names
    },
  }
}

function inLine(lock: string): number {
  return existing(`${lock}.line`).filter(name => name !== 'entered').length
}

function existing(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

async function codes(children: readonly ChildProcess[]): Promise<(number | null)[]> {
  return Promise.all(children.map(async child => child.exitCode ?? ((await once(child, 'exit'))[0] as number | null)))
}

describe('several processes at one lock', function () {
  this.timeout(120_000)
  after(async () => {
    for (const child of begun) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await removeTempProjects()
  })

  it('are let in one at a time, and none has had all its turns before each has had some', async () => {
    const {lock, lineUp, entered} = await door()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const children = await withLock(lock, async () => {
      const all: ChildProcess[] = []
      for (const name of names) all.push(await lineUp(name, 20))
      return all
    })
    expect(await codes(children)).to.deep.equal([0, 0, 0, 0, 0, 0])
    const turns = await entered()
    expect(turns).to.have.length(120)
    const firstDone = Math.min(...names.map(name => turns.lastIndexOf(name)))
    const had = names.map(name => turns.slice(0, firstDone).filter(turn => turn === name).length)
    expect(Math.min(...had), `${had.join()} turns when the first had all`).to.be.at.least(10)
  })

  it('are let in in the order they came', async () => {
    const {lock, lineUp, entered} = await door()
    const children = await withLock(lock, async () => [
      await lineUp('first'),
      await lineUp('second'),
      await lineUp('third'),
      await lineUp('fourth'),
    ])
    expect(await codes(children)).to.deep.equal([0, 0, 0, 0])
    expect(await entered()).to.deep.equal(['first', 'second', 'third', 'fourth'])
    expect(inLine(lock)).to.equal(0)
  })

  it('are let in in their order when the one that is in is killed', async () => {
    const {lock, lineUp, entered} = await door()
    const holder = start('hold-lock.ts', lock)
    begun.push(holder)
    await once(holder.stdout ?? holder, 'data')
    const children = [await lineUp('first'), await lineUp('second')]
    holder.kill('SIGKILL')
    expect(await codes(children)).to.deep.equal([0, 0])
    expect(await entered()).to.deep.equal(['first', 'second'])
  })

  it('pass one that was killed while it waited, and take its place away', async () => {
    const {lock, lineUp, entered} = await door()
    const second = await withLock(lock, async () => {
      const first = await lineUp('first')
      const second = await lineUp('second')
      first.kill('SIGKILL')
      await once(first, 'exit')
      expect(inLine(lock)).to.equal(2)
      return second
    })
    expect(await codes([second])).to.deep.equal([0])
    expect(await entered()).to.deep.equal(['second'])
    expect(inLine(lock)).to.equal(0)
  })

  it('pass one that is stopped while it waits, and let it in when it goes on', async () => {
    const {lock, lineUp, entered} = await door()
    const [first, second] = await withLock(lock, async () => {
      const first = await lineUp('first')
      const second = await lineUp('second')
      first.kill('SIGSTOP')
      return [first, second]
    })
    expect(await codes([second])).to.deep.equal([0])
    first.kill('SIGCONT')
    expect(await codes([first])).to.deep.equal([0])
    expect(await entered()).to.deep.equal(['second', 'first'])
  })

  it('wait for one whose process they cannot see, and pass it when it was killed', async function () {
    const elsewhere = ['unshare', '--pid', '--fork', '--kill-child']
    if (spawnSync('unshare', [...elsewhere.slice(1), 'true']).status !== 0) this.skip()
    const {lock, lineUp, entered} = await door()
    const children = await withLock(lock, async () => {
      const killed = await lineUp('killed', 1, 2, elsewhere)
      const others = [await lineUp('elsewhere', 1, 2, elsewhere), await lineUp('here')]
      killed.kill('SIGKILL')
      return others
    })
    expect(await codes(children)).to.deep.equal([0, 0])
    expect(await entered()).to.deep.equal(['elsewhere', 'here'])
    expect(inLine(lock)).to.equal(0)
  })

  it('refuse none that waits longer than its patience while others are let in', async () => {
    const {lock, lineUp, entered} = await door()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const held = withLock(lock, async () => {
      for (const name of names) await lineUp(name, 1, 500)
    })
    await held
    expect(await withLock(lock, async () => inLine(lock), {timeoutMs: 2000})).to.equal(0)
    expect(await entered()).to.deep.equal(names)
  })

  it('keep out, and are kept out by, a program that knows of no line', async () => {
    const {lock} = await door()
    const other = new DatabaseSync(lock, {timeout: 0})
    await withLock(lock, async () => {
      expect(() => other.exec('BEGIN IMMEDIATE')).to.throw('database is locked')
    })
    other.exec('BEGIN IMMEDIATE')
    const refused = await refusal(withLock(lock, async () => null, {timeoutMs: 50}))
    expect(refused.code).to.equal('BOARD_LOCKED')
    const waiting = withLock(lock, async () => 'in')
    await delay(20)
    other.exec('ROLLBACK')
    other.close()
    expect(await waiting).to.equal('in')
  })

  it('are let in all the same where no line can be kept', async () => {
    const {lock} = await door()
    await writeFile(`${lock}.line`, 'in the way')
    const other = new DatabaseSync(lock, {timeout: 0})
    other.exec('BEGIN IMMEDIATE')
    const waiting = withLock(lock, async () => 'in')
    await delay(20)
    other.exec('ROLLBACK')
    other.close()
    expect(await waiting).to.equal('in')
  })
})
