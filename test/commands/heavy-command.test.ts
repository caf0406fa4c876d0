import {expect} from 'chai'

import {type Machine, makeMachine} from './machine.ts'

describe('what Codex asks before a command', () => {
  let machine: Machine
  const argv = ['internal', 'heavy-command', '--cli', '/srv/cli', '--heavy', 'npm test', '--heavy', 'make']
  const asked = (command: unknown, tool = 'Bash') => JSON.stringify({tool_name: tool, tool_input: {command}})

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  it('is answered with the line to use, without a repository and without Codex', async () => {
    const env = {CODEX_ORCHESTRATOR_ROLE: 'worker', CODEX_ORCHESTRATOR_SESSION: 'worker-task-001'}
    expect(await machine.run(argv, {input: asked('make -j8'), env})).to.deep.include({
      code: 0,
      stdout:
        "This is a heavy command, which waits on this host until it is its turn. Use this line instead:\n/srv/cli run --purpose 'make' -- make -j8\nHeavy on this host: make\n",
      stderr: '',
    })
  })

  for (const [what, input] of [
    ['a light command', asked('npm run lint')],
    ['another tool', asked('make', 'apply_patch')],
    ['another form', asked(['make'])],
    ['no JSON', '{"tool_name":"Bash"'],
    ['nothing', ''],
  ] as const) {
    it(`is answered with nothing when it is ${what}`, async () => {
      expect(await machine.run(argv, {input})).to.deep.include({code: 0, stdout: '', stderr: ''})
    })
  }
})
