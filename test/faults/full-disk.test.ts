import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Task} from '../../src/domain/task.ts'
import {type Machine, makeMachine, runProgram} from '../commands/machine.ts'
import {litterIn} from './litter.ts'

describe('a disk of 256 KiB that fills up', function () {
  this.timeout(120_000)
  let machine: Machine
  let disk: string | undefined

  before(async function () {
    machine = await makeMachine()
    const place = path.join(machine.folder, 'disk')
    await mkdir(place)
    const {code, stderr} = await runProgram('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', place])
    if (code === 0) disk = place
    else {
      process.stdout.write(`    No disk of its own can be mounted here: ${stderr.trim()}\n`)
      this.skip()
    }
  })
  after(async () => {
    if (disk !== undefined) await runProgram('umount', [disk])
    await machine.close()
  })

  it('is told in a sentence, loses no task, and is of no matter once there is space again (F-094)', async () => {
    const root = await machine.repository('disk/repo')
    const run = (argv: string[]) => machine.run([...argv, '--json'], {cwd: root})
    await rm(path.join(root, '.git/hooks'), {recursive: true})
    const ballast = path.join(root, 'ballast')
    await writeFile(ballast, Buffer.alloc(40_000))
    await machine.json(['init'], {cwd: root})
    const acknowledged: string[] = []
    let refused: Awaited<ReturnType<typeof run>> | undefined
    for (let number = 1; number <= 60 && refused === undefined; number += 1) {
      const title = `Task ${number}`
      const answer = await run(['create-task', title, '--description', 'x'.repeat(4000)])
      if (answer.code === 0) acknowledged.push(title)
      else refused = answer
    }
    expect(refused?.stderr).to.equal('')
    expect(refused?.stdout).to.match(/"message": "There is no space left in [^"\n]*\."/)
    const titles = async () =>
      (await machine.json<{tasks: Task[]}>(['list-tasks', '--all'], {cwd: root})).tasks.map(({title}) => title)
    const full = await titles()
    expect(full.slice(0, acknowledged.length)).to.deep.equal(acknowledged)
    expect(await litterIn(root)).to.deep.equal([])
    await rm(ballast)
    await machine.json(['create-task', 'With space again'], {cwd: root})
    expect(await titles()).to.deep.equal([...full, 'With space again'])
  })
})
