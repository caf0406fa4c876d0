import {expect} from 'chai'

import {meantCommand} from '../../src/domain/nearest.ts'

const KNOWN = ['attach', 'close-session', 'create-task', 'list-tasks', 'plugins', 'plugins install', 'spawn-worker']

describe('the command that was meant', () => {
  const near: [typed: string, command: string][] = [
    ['lst-tasks', 'list-tasks'],
    ['LIST-TASKS', 'list-tasks'],
    ['list tasks', 'list-tasks'],
    ['task create', 'create-task'],
    ['create_task', 'create-task'],
    ['create:task', 'create-task'],
    ['create', 'create-task'],
    ['spawn', 'spawn-worker'],
    ['spawn-wroker TASK-001', 'spawn-worker'],
    ['plugins instal', 'plugins install'],
    ['plugin install my-terminal', 'plugins install'],
    ['creat-tsk Refuse empty names and say which', 'create-task'],
    [' attahc ', 'attach'],
  ]
  for (const [typed, command] of near) {
    it(`of ${JSON.stringify(typed)} is ${command}`, () =>
      expect(meantCommand(typed, KNOWN)).to.deep.equal({command, isNear: true}))
  }

  for (const typed of ['nonsense', 'x', '', ' ', 'merge', '-', 'z'.repeat(10_000)]) {
    it(`is only a guess for ${JSON.stringify(typed.slice(0, 20))}`, () => {
      const {command, isNear} = meantCommand(typed, KNOWN)
      expect(KNOWN).to.include(command)
      expect(isNear).to.equal(false)
    })
  }
})
