import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {teamScript} from '../../demo/team-script.ts'
import {type ThrowAwayDesktop, throwAwayDesktop} from '../../plugins/terminal-desktop/test/throw-away-desktop.ts'
import {closeWithScreens, packScreen, useScreen} from '../support/screen-plugin.ts'
import {runningScreens} from '../support/screens.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

/** How a person is told to get to the planner, in each terminal. */
const WAY = {
  tmux: /^The planner is there: .*attach-session/s,
  screen: /^The planner is there: .*\/screen -U -x /s,
  xterm: /^The planner is there\. Look for the window "planner · repo" of xterm on the display :/,
} as const

// One journey is one story: its steps build on each other, so it is one test.
for (const [model, terminal] of [
  ['scripted-plain', 'tmux'],
  ['gpt-6-sol', 'tmux'],
  ['scripted-plain', 'screen'],
  ['scripted-plain', 'xterm'],
] as const) {
  describe(`a team in ${terminal} with the model ${model}`, function () {
    this.timeout(240_000)
    let world: World
    let desktop: ThrowAwayDesktop | undefined
    tellOnFailure(() => world)

    before(async () => {
      world = await makeWorld({script: teamScript(), model})
      if (terminal === 'screen') await useScreen(world, ['install', `file:${await packScreen(world.folder)}`])
      if (terminal === 'xterm') {
        desktop = await throwAwayDesktop()
        Object.assign(world.env, desktop.display)
        const folder = path.join(world.env['XDG_CONFIG_HOME'] ?? '', 'codex-orchestrator')
        await mkdir(folder, {recursive: true})
        await writeFile(path.join(folder, 'config.toml'), '[plugins.terminal-desktop]\nemulator = "xterm"\n')
      }
    })
    after(async () => {
      await desktop?.close()
      await closeWithScreens(world)
    })

    const becomes = (id: string, status: string) =>
      eventually(`${id} to become ${status}`, async () => taskIn(await world.tasks(), id).status === status)

    it('takes two tasks from nothing to done while the planner answers a question', async () => {
      const launched = await world.run([])
      expect(launched.code, launched.stderr).to.equal(0)
      expect(launched.stderr.trimEnd().split('\n')).to.have.length(9)
      expect(launched.stdout).to.match(WAY[terminal])

      await eventually(
        'two workers',
        async () => (await world.tasks()).filter(({status}) => status === 'in_progress').length === 2,
      )
      world.model.release('work')
      await becomes('TASK-001', 'needs_input')
      const asked = await world.run(['show-handoff', 'TASK-001'])
      expect(asked.stdout).to.include('question by worker-task-001\n\n> How warm should the greeting be?')
      await becomes('TASK-001', 'in_progress')
      world.model.release('hand back TASK-002')
      await becomes('TASK-002', 'done')
      world.model.release('hand back TASK-001')
      await becomes('TASK-001', 'done')
      await eventually('both workers to be closed', async () => {
        const workers = (await world.sessions()).filter(({role}) => role === 'worker')
        return workers.length === 2 && workers.every(({status}) => status === 'closed')
      })
      // The planner's is left.
      const [screens, windows] = {tmux: [0, 0], screen: [1, 0], xterm: [0, 1]}[terminal]
      await eventually(
        'closed terminals to go',
        async () =>
          (await runningScreens(world.folder)).length === screens &&
          ((await desktop?.windows()) ?? []).length === windows,
      )

      expect(world.model.problems).to.deep.equal([])
      const handoff = (await world.run(['show-handoff', 'TASK-001'])).stdout
      expect(handoff).to.include('answer by planner\n\n> - Say hello, and end with an exclamation mark.')
      expect(handoff).to.include('hand-back by worker-task-001\n\n> greet.sh greets by name, warmly.')
      const [first, second] = [taskIn(await world.tasks(), 'TASK-001'), taskIn(await world.tasks(), 'TASK-002')]
      expect((await world.git('log', '--format=%s', `main..${first.branch}`)).split('\n')).to.deep.equal([
        'Greet warmly',
        'Greet by name',
        '',
      ])
      expect((await world.git('log', '--format=%s', `main..${second.branch}`)).split('\n')).to.deep.equal([
        'Write down how to greet',
        '',
      ])
      const worktrees = await world.git('worktree', 'list')
      expect(worktrees).to.include(first.worktree).and.to.include(second.worktree)
      const planner = await world.session('planner')
      expect([planner?.status, planner?.backend]).to.deep.equal([
        'running',
        terminal === 'xterm' ? 'desktop' : terminal,
      ])
      expect(planner?.process.value).to.equal('alive')
      const wakes = world.model.requests.filter(
        ({trigger, user}) => trigger === 'queue' && user.startsWith('[codex-planner] TASK'),
      )
      expect(new Set(wakes.map(({user}) => user)).size).to.equal(3)
      expect(wakes.map(({user}) => user).join()).not.to.include('warm')
    })
  })
}
