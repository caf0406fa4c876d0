import {chmod, mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {parse} from 'yaml'

import type {Session} from '../../src/domain/session.ts'
import type {Launched} from '../../src/services/launch.ts'
import type {Attach} from '../../src/services/terminals.ts'
import {codexProgram} from '../support/codex-home.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {
  eventually,
  makeWorld,
  program,
  type Ran,
  runProgram,
  taskIn,
  tellOnFailure,
  type World,
} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

const script: Script = {
  rules: [
    {name: 'planner', match: {prompt: '# Planner'}, turns: [{repeat: true, steps: [{text: 'Ready.'}]}]},
    {
      name: 'worker',
      match: {prompt: '# Worker'},
      turns: [
        {
          when: {regex: '^exit$'},
          steps: [{mcp: `${TOOLS}.close_session`, args: {session_name: 'worker-task-001'}}, {text: 'Bye.'}],
        },
        {steps: [{text: 'Here.'}]},
      ],
    },
  ],
}

// One person's day; its steps build on each other, each with a claim of its own.
describe('what a person is promised', function () {
  this.timeout(240_000)
  let world: World
  let launched: Ran
  tellOnFailure(() => world)

  const board = async (): Promise<Session[]> => {
    const text = await readFile(path.join(world.root, '.codex/board/sessions.yaml'), 'utf8')
    return (parse(text) as {sessions: Session[]}).sessions
  }
  const attach = async (...argv: string[]): Promise<Attach> => {
    return (await world.json<{attach: Attach}>([...(argv.length > 0 ? argv : ['attach'])])).attach
  }
  /** A program of that name that says that it was called, and runs the real one. */
  async function standIn(name: string, real: string): Promise<string> {
    const file = path.join(world.folder, `my-${name}`)
    await writeFile(file, `#!/bin/sh\necho called >>'${file}.log'\nexec '${real}' "$@"\n`)
    await chmod(file, 0o755)
    return file
  }

  before(async () => {
    world = await makeWorld({script})
    const settings = {
      codex_executable: await standIn('codex', codexProgram()),
      git_executable: await standIn('git', '/usr/bin/git'),
      planner_model: 'scripted-planner',
      worker_model: 'scripted-worker',
    }
    const config = path.join(world.env.XDG_CONFIG_HOME ?? '', 'codex-orchestrator', 'config.toml')
    await mkdir(path.dirname(config), {recursive: true})
    const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"\n`)
    await writeFile(config, `[defaults]\n${lines.join('')}`)
  })
  after(() => world.close())

  it('start-planner needs a repository that was prepared', async () => {
    const {code, stdout} = await world.run(['start-planner', '--json'])
    expect([code, (JSON.parse(stdout) as {error: {code: string}}).error.code]).to.deep.equal([1, 'NOT_INITIALIZED'])
  })

  it('a bare call away from a terminal does all nine steps and prints the way there', async () => {
    launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    const steps = launched.stderr.trimEnd().split('\n')
    expect(steps.map(line => line.replace(/:.*$/, ''))).to.deep.equal([
      '1. Check this machine',
      '2. Prepare .codex/',
      '3. Register the tools with Codex',
      '4. Look after sessions that ended',
      '5. Start a planner',
      '6. Resume conversations',
      '7. Reuse the running planner',
      '8. Show the dashboard',
      '9. Find the way there',
    ])
    expect(steps[2]).to.include('registered codex-orchestrator-local')
    expect(launched.stdout).to.match(/^The planner is there: .*attach-session/)
  })

  it('the planner runs in the main worktree, is on the board, in the log, and its prompt is kept', async () => {
    const [planner] = await board()
    expect(planner).to.include({
      name: 'planner',
      role: 'planner',
      status: 'running',
      worktree: world.root,
      backend: 'tmux',
    })
    const prompt = await readFile(path.join(world.root, planner?.prompt_file ?? ''), 'utf8')
    expect(planner?.prompt_file).to.match(/^\.codex\/state\/rendered_prompts\/planner-[0-9a-f]{8}\.md$/)
    expect(prompt).to.match(/^# Planner/)
    expect(await world.json(['show-prompt', 'planner'])).to.include({text: prompt})
    expect((await world.run(['show-prompt', 'planner', '--path-only'])).stdout).to.equal(
      `${path.join(world.root, planner?.prompt_file ?? '')}\n`,
    )
    const log = await readFile(path.join(world.root, '.codex/logs/orchestrator.jsonl'), 'utf8')
    const events = log
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as {event: string; session?: string})
    expect(events.filter(({event, session}) => event === 'start' && session === 'planner')).to.have.length(1)
  })

  it('Codex starts without sandbox and approvals, with the tools approved, in a folder it was not told to trust', async () => {
    const [planner] = await board()
    const started = await readFile(path.join(world.root, '.codex/state/runs', planner?.run ?? '', 'run.sh'), 'utf8')
    expect(started).to.include("'--yolo'").and.to.include('"default_tools_approval_mode"="approve"')
    expect(await readFile(path.join(world.env.CODEX_HOME ?? '', 'config.toml'), 'utf8')).not.to.include('trust_level')
  })

  it('a worker gets a branch and a worktree beside the repository, or below the configured folder', async () => {
    for (const title of ['One', 'Two']) await world.json(['create-task', title])
    const first = await world.run(['spawn-worker', 'TASK-001'])
    expect(first.stdout).to.match(/\nWatch it: codex-planner attach worker-task-001\n$/)
    const trees = path.join(world.folder, 'trees')
    const second = await world.run(['spawn-worker', 'TASK-002'], {
      env: {CODEX_ORCHESTRATOR_WORKTREES_BASE_DIR: trees},
    })
    expect([first.code, second.code], first.stderr + second.stderr).to.deep.equal([0, 0])
    const tasks = await world.tasks()
    expect(taskIn(tasks, 'TASK-001')).to.include({
      status: 'in_progress',
      branch: 'codex/task-001-one',
      worktree: `${world.root}-worktrees/task-001`,
    })
    expect(path.dirname(path.dirname(taskIn(tasks, 'TASK-002').worktree ?? ''))).to.equal(trees)
    expect((await board()).map(({name}) => name)).to.deep.equal(['planner', 'worker-task-001', 'worker-task-002'])
    expect(await world.json(['show-prompt', 'worker-task-001']))
      .to.have.property('text')
      .that.includes('# TASK-001: One')
  })

  it('the configured programs and models are used', async () => {
    for (const name of ['codex', 'git'])
      expect(await readFile(path.join(world.folder, `my-${name}.log`), 'utf8')).to.match(/^called\n/)
    await eventually('a worker to have begun', async () =>
      world.model.requests.some(({cwd}) => cwd.endsWith('/task-001')),
    )
    const turns = world.model.requests.filter(({kind}) => kind === 'turn')
    const models = turns.map(({cwd, model}) => (cwd === world.root ? ['planner', model] : ['worker', model]))
    expect(new Set(models.map(String))).to.deep.equal(new Set(['planner,scripted-planner', 'worker,scripted-worker']))
  })

  it('the dashboard has a window for the planner and one for each worker', async () => {
    const {command} = await attach('dashboard')
    const target = command?.at(-1) ?? ''
    const {stdout} = await world.tmux('list-windows', '-t', target, '-F', '#{window_name}')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(name => name.replace(/ .*/, '')),
    ).to.deep.equal(['planner', 'worker-task-001', 'worker-task-002'])
  })

  it('attach goes to the dashboard, and to any session by its name', async () => {
    expect((await attach()).session).to.equal(null)
    expect((await attach()).command).to.deep.equal((await attach('dashboard')).command)
    expect(await attach('attach', 'planner')).to.have.property('session', 'planner')
    const {session, command} = await attach('attach', 'worker-task-001')
    expect(session).to.equal('worker-task-001')
    expect(command?.join(' ')).to.match(/attach-session .*worker-task-001/)
  })

  it('a bare call at a terminal goes to the dashboard; Ctrl+b d leaves it, and everything goes on', async () => {
    const outer = (...args: string[]) =>
      runProgram('tmux', ['-u', '-S', path.join(world.folder, 'outer.sock'), '-f', '/dev/null', ...args], {
        cwd: world.root,
        env: world.env,
      })
    const line = `env -u TMUX -u TMUX_PANE '${process.execPath}' '${program}'; echo left with $?; sleep 60`
    await outer('new-session', '-d', '-s', 'person', '-x', '120', '-y', '40', '--', 'sh', '-c', line)
    const screen = async () => (await outer('capture-pane', '-p', '-t', '=person:')).stdout
    await eventually('the dashboard to show', async () => (await screen()).includes('worker-task-002'))
    // The outer tmux has the same prefix; sent as keys it goes to the inner one.
    await outer('send-keys', '-t', '=person:', 'C-b', 'd')
    await eventually('it to be left', async () => (await screen()).includes('left with 0'))
    await outer('kill-server')
    expect((await world.sessions()).map(({process}) => process.value)).to.deep.equal(['alive', 'alive', 'alive'])
  })

  it('attach goes to the planner where there is no dashboard, and the dashboard can be made again', async () => {
    const {command} = await attach()
    await world.tmux('kill-session', '-t', command?.at(-1) ?? '')
    expect((await attach()).session).to.equal('planner')
    expect((await attach('dashboard')).session).to.equal(null)
    expect((await attach()).session).to.equal(null)
  })

  it('exit, typed into a session, ends that session alone', async () => {
    const windows = await world.tmux('list-windows', '-a', '-F', '#{session_name} #{pane_id}')
    const pane = /^cp-\S*-worker-task-001 (%\d+)$/m.exec(windows.stdout)?.[1] ?? ''
    await eventually(
      'its first turn to be over',
      async () => (await world.session('worker-task-001'))?.turn.value === 'idle',
    )
    await world.tmux('send-keys', '-t', pane, '-l', 'exit')
    await eventually('it to show', async () =>
      (await world.tmux('capture-pane', '-p', '-t', pane)).stdout.includes('› exit'),
    )
    await world.tmux('send-keys', '-t', pane, 'Enter')
    await eventually('it to end', async () => (await world.session('worker-task-001'))?.status === 'closed')
    expect((await world.sessions()).map(({status}) => status)).to.deep.equal(['running', 'closed', 'running'])
    expect(taskIn(await world.tasks(), 'TASK-001').status).to.equal('in_progress')
    expect(world.model.problems).to.deep.equal([])
  })

  it('a clean conversation is begun on request, when no planner runs', async () => {
    const before = await world.session('planner')
    await world.json(['close-session', 'planner'])
    const {session} = await world.json<{session: Session}>(['start-planner', '--new-session'])
    expect(session.codex_session_id).to.equal(null)
    const fresh = await eventually('its conversation', async () => (await world.session('planner'))?.codex_session_id)
    expect(fresh).not.to.equal(before?.codex_session_id)
    await world.json(['close-session', 'planner'])
    const again = await world.json<Launched>(['--new-session'])
    expect(again.steps[4]).to.deep.include({title: 'Start a planner', status: 'done'})
    await world.json(['close-session', 'planner'])
    const resumed = await world.json<{session: Session}>(['start-planner'])
    expect(resumed.session.codex_session_id).to.equal((await world.sessions())[0]?.codex_session_id)
  })
})
