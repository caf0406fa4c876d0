import type {TerminalState} from '@codex-planner/plugin-api'
import {expect} from 'chai'

import {factsOf} from '../../src/services/evidence.ts'
import type {Project} from '../../src/services/project.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {memoryTerminal} from '../support/memory-terminal.ts'
import {openIn} from './clean-world.ts'

describe('a session whose terminal is called gone', () => {
  let machine: Machine
  let project: Project
  before(async () => {
    machine = await makeMachine()
    const root = await machine.repository('evidence')
    await machine.json(['init'], {cwd: root})
    const terminal = {life: 'other', id: '1'}
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [{name: 'worker-task-001', backend: 'memory', terminal, status: 'running'}],
    })
    project = await openIn(root, machine.env)
  })
  after(() => machine.close())

  /** What is said of it when its backend answers like this, one time after the other, and how often that is asked. */
  async function processWhen(...answers: TerminalState[]): Promise<[string, number]> {
    let asked = 0
    const backend = {...memoryTerminal(), survey: async () => [answers[asked++] ?? 'unknown']}
    const host = {...project.host, terminalBackends: async () => ({found: [backend], faults: []})}
    const [facts] = await factsOf({...project, host}, (await project.board.read()).sessions)
    return [facts?.process.value ?? 'nothing', asked]
  }

  it('is gone when its backend says so twice', async () => {
    expect(await processWhen('gone', 'gone')).to.deep.equal(['gone', 2])
  })

  it('is unknown when the second answer is another one, or none (I3)', async () => {
    expect(await processWhen('gone', 'open')).to.deep.equal(['unknown', 2])
    expect(await processWhen('gone', 'unknown')).to.deep.equal(['unknown', 2])
  })

  it('is asked for once when nothing is missing', async () => {
    expect(await processWhen('open')).to.deep.equal(['unknown', 1])
  })
})
