import {mkdir, rename, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {socketPath} from '../../plugins/terminal-tmux/src/socket.ts'
import {tmuxBackend} from '../../plugins/terminal-tmux/src/tmux-backend.ts'
import {endServer, isRunning, scriptIn, serverPid} from '../../plugins/terminal-tmux/test/throw-away.ts'
import type {SessionView} from '../../src/services/sessions.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, runProgram} from '../commands/machine.ts'
import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {testPluginHost} from '../support/plugin-host.ts'
import {eventually} from '../support/world.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'

const TASKS = ['TASK-001', 'TASK-002', 'TASK-003']
const HOSTILE = `set -g destroy-unattached on
set -g base-index 1
set -s command-alias[0] new-session=kill-server
set-hook -g session-created kill-server
`

interface Running {
  task: string
  name: string
  pid: number
}

const luck = chance()

describe(`a terminal server that is tampered with ${counts.terminalRounds} times (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.terminalRounds, 20))
  let machine: Machine
  let calls: ManyCalls
  let root: string
  let host: ReturnType<typeof testPluginHost>
  let running: Running[] = []
  let starts = 0

  before(async () => {
    machine = await makeMachine()
    await writeFile(path.join(machine.home, '.tmux.conf'), HOSTILE)
    calls = manyCalls(machine.env)
    root = await machine.repository('terminals')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: TASKS.map(() => ({status: 'in_progress'}))})
    const stateFolder = path.join(machine.home, 'state/codex-orchestrator/plugins/terminal-tmux')
    await mkdir(stateFolder, {recursive: true, mode: 0o700})
    host = testPluginHost({stateFolder, env: machine.env})
  })
  after(async () => {
    await endServer(host)
    await calls.close()
    await machine.close()
  })

  const ways: Record<string, () => Promise<void>> = {
    'the server is killed': () => endServer(host, 'SIGKILL'),
    'sessions and windows are renamed': async () => {
      for (const name of await sessionNames()) {
        await tmux('rename-window', '-t', `=${name}:`, 'planner')
        await tmux('rename-session', '-t', `=${name}`, `mine-${luck.number(1_000_000_000)}`)
      }
    },
    'the dashboard is killed': async () => {
      await answer(['update-task', 'TASK-001', '--status', 'blocked'])
      await answer(['update-task', 'TASK-001', '--status', 'in_progress'])
      const lines = (await tmux('list-sessions', '-F', '#{session_name} #{@codex_planner_dashboard}')).split('\n')
      const dashboards = lines.filter(line => / \S/.test(line)).map(line => line.split(' ')[0] ?? '')
      expect(dashboards).not.to.deep.equal([])
      for (const name of dashboards) await tmux('kill-session', '-t', `=${name}`)
    },
    'the socket is out of reach': async () => {
      const socket = socketPath(host)
      await rename(socket, `${socket}.away`)
      try {
        await look()
      } finally {
        await rename(`${socket}.away`, socket)
      }
    },
    'a window is moved': async () => {
      const own = `own-${starts}-${luck.number(1_000_000)}`
      await tmux('new-session', '-d', '-s', own, '--', 'sleep', '600')
      const [name] = (await sessionNames()).filter(name => name.startsWith('cp-'))
      if (name !== undefined) await tmux('move-window', '-s', `=${name}:`, '-t', `=${own}:`)
    },
    'one of them dies': async () => {
      const {pid} = luck.oneOf(running)
      process.kill(pid, 'SIGKILL')
      await eventually('it to be gone', async () => !isRunning(pid))
    },
    'one of them is closed': async () => {
      const {name, pid} = luck.oneOf(running)
      await answer(['close-worker', name])
      expect(isRunning(pid)).to.equal(false)
    },
    'one of them is spawned again': async () => {
      const {task, pid} = luck.oneOf(running)
      const panes = await tmux('list-panes', '-a', '-F', '#{pane_id}')
      const {stdout} = await answer(['spawn-worker', task])
      expect((JSON.parse(stdout) as {already_running: boolean}).already_running).to.equal(true)
      expect(isRunning(pid)).to.equal(true)
      expect(await tmux('list-panes', '-a', '-F', '#{pane_id}')).to.equal(panes)
    },
  }
  /** How many of the sessions a way ends. */
  const ends: Record<string, number> = {
    'the server is killed': TASKS.length,
    'one of them dies': 1,
    'one of them is closed': 1,
  }

  it('never has a live session called gone, ended or doubled, nor a dead one called alive (I3, I4, F-029 to F-047)', async () => {
    let deck: string[] = []
    for (let round = 0; round < counts.terminalRounds; round += 1) {
      if (deck.length === 0) deck = luck.shuffled(Object.keys(ways))
      const way = deck.pop() ?? ''
      await startMissing()
      await look()
      await ways[way]?.()
      const left = TASKS.length - (ends[way] ?? 0)
      await eventually(
        `${left} to be left when ${way}`,
        async () => running.filter(({pid}) => isRunning(pid)).length <= left,
      )
      expect(running.filter(({pid}) => isRunning(pid)).length, way).to.equal(left)
      await eventually(`the truth about the dead when ${way}`, async () => {
        const values = await look()
        return running.every(({name, pid}) => isRunning(pid) || values.get(name) === 'gone')
      })
      for (const {name, pid} of running) if (isRunning(pid)) expect((await look()).get(name), way).to.equal('alive')
    }
  })

  /** Whatever is said of a session must not be the opposite of what is so, before and after it was said. */
  async function look(): Promise<Map<string, string>> {
    const dead = running.filter(({pid}) => !isRunning(pid))
    const {stdout} = await answer(['list-sessions'])
    const {sessions} = JSON.parse(stdout) as {sessions: SessionView[]}
    const values = new Map(sessions.map(({name, process}) => [name, process.value]))
    const live = running.filter(({pid}) => isRunning(pid))
    expect(dead.filter(({name}) => values.get(name) === 'alive')).to.deep.equal([])
    expect(live.filter(({name}) => values.get(name) === 'gone')).to.deep.equal([])
    return values
  }

  async function startMissing(): Promise<void> {
    const kept = running.filter(({pid}) => isRunning(pid))
    const missing = TASKS.filter(task => !kept.some(one => one.task === task))
    running = [...kept, ...(await Promise.all(missing.map(task => start(task))))]
  }

  async function start(task: string): Promise<Running> {
    const name = `worker-${task.toLowerCase()}`
    starts += 1
    const run = `${name}-${starts}`
    const runs = path.join(root, '.codex/state/runs')
    await mkdir(runs, {recursive: true, mode: 0o700})
    const script = await scriptIn(runs, run)
    const request = {id: run, project: 'p', session: run, title: name, script: script.file, suspend: '/bin/true'}
    const terminal = await tmuxBackend(host).open(request)
    const {pid, started, boot, pidns} = identify(await script.started())
    await writeFile(
      path.join(script.folder, 'hello'),
      `pid=${pid}\npgid=${pid}\nstarted=${started}\nboot=${boot}\npidns=${pidns}\nrun=${run}\n`,
    )
    await putOnBoard(root, {sessions: [{name, run, terminal}]})
    return {task, name, pid}
  }

  async function answer(argv: string[]) {
    const outcome = await calls.run({argv: [...argv, '--json'], cwd: root})
    if (outcome.code !== 0) throw new Error(`${argv.join(' ')}: ${outcome.stdout}${outcome.stderr}`)
    return outcome
  }

  async function sessionNames(): Promise<string[]> {
    return (await tmux('list-sessions', '-F', '#{session_name}')).trim().split('\n')
  }

  async function tmux(...args: string[]): Promise<string> {
    expect(await serverPid(host)).not.to.equal(undefined)
    const {code, stdout, stderr} = await runProgram('tmux', ['-u', '-S', socketPath(host), ...args], {env: machine.env})
    if (code !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`)
    return stdout
  }
})
