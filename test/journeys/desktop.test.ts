import {readFileSync} from 'node:fs'
import {mkdir, readdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {clickClose} from '../../plugins/terminal-desktop/test/close-window.ts'
import {type ThrowAwayDesktop, throwAwayDesktop} from '../../plugins/terminal-desktop/test/throw-away-desktop.ts'
import type {Launched} from '../../src/services/launch.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, taskIn, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

const script: Script = {
  rules: [
    {
      name: 'planner',
      match: {prompt: '# Planner'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.create_task`, args: {title: 'Count to three'}},
            {mcp: `${TOOLS}.spawn_worker`, args: {task_id: 'TASK-001'}},
            {text: 'One worker is at work.'},
          ],
        },
        {when: 'This conversation goes on', steps: [{text: 'I am back.'}]},
        {
          when: '[codex-planner]',
          repeat: true,
          steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
        },
      ],
    },
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {
          steps: [
            {mcp: `${TOOLS}.show_task`, args: {task_id: 'TASK-001'}},
            {text: 'Counting.', gate: 'never'},
          ],
        },
      ],
    },
  ],
}

/** The variables of Codex, which is the child of its session's script. */
async function variablesBelow(pid: number): Promise<Record<string, string>> {
  for (const name of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    if (Number(parent) !== pid) continue
    const lines = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
    return Object.fromEntries(lines.map(line => line.split(/=(.*)/s, 2)))
  }
  throw new Error(`${pid} has no child.`)
}

// One journey is one story: its steps build on each other, so it is one test.
for (const emulator of ['gnome-terminal', 'xterm']) {
  describe(`a team in windows of ${emulator}`, function () {
    this.timeout(240_000)
    let world: World
    let desktop: ThrowAwayDesktop
    tellOnFailure(() => world)

    before(async () => {
      desktop = await throwAwayDesktop()
      world = await makeWorld({script})
      const folder = path.join(String(world.env.XDG_CONFIG_HOME), 'codex-orchestrator')
      await mkdir(folder, {recursive: true})
      await writeFile(path.join(folder, 'config.toml'), `[plugins.terminal-desktop]\nemulator = "${emulator}"\n`)
    })
    after(async () => {
      await desktop?.close()
      await world?.close()
    })

    const states = async () =>
      (await world.sessions()).map(({name, status, backend, process}) =>
        [name, status, backend, process.value].join(' '),
      )
    const windowOf = (session: string) =>
      emulator === 'xterm' ? `window "${session}" of xterm` : `window of gnome-terminal that was opened as "${session}"`
    const windows = async () => (await desktop.windows()).length

    it('starts there, is found and closed from where there is no display, and comes back in tmux (F-056, F-059)', async () => {
      const {display} = desktop
      const {DISPLAY} = display
      const person = {env: {...display, GNOME_TERMINAL_SCREEN: '/the/persons/own'}}
      const launched = await world.run([], person)
      expect(launched.code, launched.stderr).to.equal(0)
      expect(launched.stderr).to.match(/1\. Check this machine: .*, terminals in desktop\n/)
      expect(launched.stderr).to.match(
        /8\. Show the dashboard: nothing to do, desktop has none; each session has a window of its own\n/,
      )
      expect(launched.stdout).to.match(
        new RegExp(
          `^The planner is there\\. Look for the ${windowOf('planner · repo')} on the display ${DISPLAY} \\(process \\d+\\); `,
        ),
      )

      await eventually('the worker', async () => (await world.session('worker-task-001'))?.turn.value === 'working')
      expect(await states()).to.deep.equal(['planner running desktop alive', 'worker-task-001 running desktop alive'])
      expect(await windows()).to.equal(2)
      const pid = Number((await world.session('worker-task-001'))?.terminal?.['pid'])
      const variables = await variablesBelow(pid)
      expect(variables).to.include({
        CODEX_ORCHESTRATOR_SESSION: 'worker-task-001',
        CODEX_ORCHESTRATOR_ROLE: 'worker',
        DISPLAY,
        HOME: world.env.HOME,
      })
      const folders = variables['PATH']?.split(':') ?? []
      expect(folders[0]).to.equal(path.join(world.root, '.codex/state/bin'))
      expect(folders).to.include.members(String(world.env.PATH).split(':'))
      expect(variables['GNOME_TERMINAL_SCREEN']).not.to.equal('/the/persons/own')

      const attached = await world.run(['attach', 'worker-task-001'])
      expect(attached.stdout).to.equal(
        `Look for the ${windowOf('worker-task-001 · repo')} on the display ${DISPLAY} (process ${pid}); no terminal can attach to it. Ctrl+C in it belongs to Codex: it interrupts a turn, and ends an idle session.\n`,
      )
      expect((await world.run(['dashboard'])).stdout).to.match(
        /^desktop has no dashboard: each session has a window of its own\. Look for the window /,
      )

      // As from ssh, where no display is.
      const again = await world.json<Launched>(['launch'])
      expect(again.steps[0]?.detail).to.match(/, terminals in desktop, where the planner is$/)
      expect(again.steps[6]).to.deep.include({title: 'Reuse the running planner', status: 'done'})
      await world.json(['create-task', 'Count further'])
      const refused = await world.run(['spawn-worker', 'TASK-002'])
      expect(refused.code).to.equal(1)
      expect(refused.stderr).to.include(
        'No terminal can be opened. desktop: DISPLAY and WAYLAND_DISPLAY are not set. The planner runs in desktop, so its workers do too',
      )
      expect(taskIn(await world.tasks(), 'TASK-002').status).to.equal('todo')

      await world.json(['close-session', 'worker-task-001'])
      await eventually('one window less', async () => (await windows()) === 1)
      expect(await states()).to.deep.equal(['planner running desktop alive', 'worker-task-001 closed desktop gone'])

      const [window] = await desktop.windows()
      await clickClose(desktop.env, Number(window?.id))
      await eventually('no window', async () => (await windows()) === 0)
      await eventually('the planner to be lost', async () => (await states())[0] === 'planner lost desktop gone')
      const elsewhere = await world.run([])
      expect(elsewhere.code, elsewhere.stderr).to.equal(0)
      expect(elsewhere.stderr).to.match(
        /1\. Check this machine: .*, terminals in tmux \(no desktop: DISPLAY and WAYLAND_DISPLAY are not set\)\n/,
      )
      expect(elsewhere.stderr).to.match(/4\. Look after sessions that ended: planner ended without a word; worktree/)
      expect(elsewhere.stderr).to.match(/6\. Resume conversations: planner, conversation /)
      expect(await states()).to.deep.equal(['planner running tmux alive', 'worker-task-001 closed desktop gone'])
      expect(world.model.problems).to.deep.equal([])
    })
  })
}

describe('a planner that cannot start in a window', function () {
  this.timeout(120_000)
  let world: World
  let desktop: ThrowAwayDesktop

  before(async () => {
    desktop = await throwAwayDesktop()
    world = await makeWorld({
      script: {rules: [{name: 'planner', match: {prompt: '# Planner'}, turns: [{steps: [{text: 'Here I am.'}]}]}]},
    })
  })
  after(async () => {
    await desktop?.close()
    await world?.close()
  })

  it('is reported with the call that lets its words be read, and leaves no window (F-057)', async () => {
    const {display} = desktop
    const {code, stderr} = await world.run([], {
      env: {...display, CODEX_ORCHESTRATOR_CODEX_ARGS: '["--no-such-flag"]'},
    })
    expect(code).to.equal(1)
    expect(stderr).to.include(
      `    Error: planner could not be started. Codex ended at once with code 2. What it said went with its terminal.
    Code: START_FAILED
    Try this: CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux codex-planner
`,
    )
    await eventually('no window', async () => (await desktop.windows()).length === 0)
    expect((await world.sessions()).map(({status}) => status)).to.deep.equal(['closed'])
  })

  it('is reported with the words of the emulators when none opens one, and can be asked for again (F-056)', async () => {
    const bin = path.join(desktop.folder, 'bin')
    await mkdir(bin)
    for (const name of ['gnome-terminal', 'kitty', 'alacritty', 'konsole', 'foot', 'xterm', 'wezterm'])
      await writeFile(path.join(bin, name), `#!/bin/sh\necho '${name} is broken' >&2\nexit 1\n`, {mode: 0o755})
    const {display} = desktop
    const broken = await world.run([], {env: {...display, PATH: `${bin}:${world.env.PATH}`}})
    expect(broken.code).to.equal(1)
    expect(broken.stderr).to.include(
      `    Error: No window could be opened for planner. gnome-terminal: gnome-terminal is broken. kitty: kitty is broken. alacritty: alacritty is broken. konsole: konsole is broken. xterm: xterm is broken. wezterm: wezterm is broken.
    Code: TERMINAL_UNAVAILABLE
    Try this: codex-planner doctor
`,
    )
    const again = await world.run([], {env: display})
    expect(again.code, again.stderr).to.equal(0)
    await world.json(['close-session', 'planner'])
    await eventually('no window', async () => (await desktop.windows()).length === 0)
  })
})
