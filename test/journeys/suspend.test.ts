import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Launched} from '../../src/services/launch.ts'
import type {Script, Step} from '../support/scripted-model/script.ts'
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

/** One worker asks and waits, the other works until it is interrupted. */
const ASKING = 'TASK-001'
const WORKING = 'TASK-002'

const FINISHING: Step[] = [
  {shell: 'cat saved unsaved'},
  {mcp: `${TOOLS}.request_review`, args: {task_id: WORKING, summary: 'Counted.'}},
  {text: 'Handed back.'},
]

function script({working}: {working: Step[]}): Script {
  const show = (task_id: string): Step => ({mcp: `${TOOLS}.show_task`, args: {task_id}})
  return {
    rules: [
      {
        name: 'planner',
        match: {prompt: '# Planner'},
        turns: [
          {
            steps: [
              {mcp: `${TOOLS}.create_task`, args: {title: 'Choose a colour'}},
              {mcp: `${TOOLS}.create_task`, args: {title: 'Count to two'}},
              {mcp: `${TOOLS}.spawn_worker`, args: {task_id: ASKING}},
              {mcp: `${TOOLS}.spawn_worker`, args: {task_id: WORKING}},
              {text: 'Two are at work.'},
            ],
          },
          {
            when: '[codex-planner]',
            repeat: true,
            steps: [{mcp: `${TOOLS}.wait_events`, args: {after: 0}}, {text: 'Seen.'}],
          },
        ],
      },
      {
        name: 'asks',
        match: {cwd: '/task-001'},
        turns: [
          {
            steps: [
              show(ASKING),
              {mcp: `${TOOLS}.request_input`, args: {session_name: 'worker-task-001', summary: 'Red or blue?'}},
              {text: 'I asked.'},
            ],
          },
          {
            when: 'The planner answered',
            steps: [
              {mcp: `${TOOLS}.request_review`, args: {task_id: ASKING, summary: 'Blue it is.'}},
              {text: 'Handed back.'},
            ],
          },
        ],
      },
      {
        name: 'works',
        match: {cwd: '/task-002'},
        turns: [
          {when: 'could not be brought back', steps: FINISHING},
          {steps: working},
          {
            when: 'The team was suspended and goes on now',
            steps: FINISHING,
          },
        ],
      },
    ],
  }
}

const COUNTING: Step[] = [
  {mcp: `${TOOLS}.show_task`, args: {task_id: WORKING}},
  {shell: 'echo one > saved && git add saved && git commit -q -m Count && echo two > unsaved'},
  {text: 'Counting.', gate: 'never'},
]

async function bothBusy(world: World): Promise<void> {
  await world.json<Launched>(['launch'])
  await eventually('one to ask and the other to work', async () => {
    const tasks = await world.tasks()
    if (tasks.length < 2 || taskIn(tasks, ASKING).status !== 'needs_input') return false
    return existsSync(path.join(taskIn(tasks, WORKING).worktree ?? '', 'unsaved'))
  })
  await eventually(
    'the planner to have heard of it',
    async () => (await world.session('planner'))?.turn.value === 'idle',
  )
}

/** Ends the terminals of people who sat down. */
const away: (() => void)[] = []

/** A person's own terminal, attached to the team. */
async function sitDown(world: World): Promise<{press(...keys: string[]): Promise<void>; screen(): Promise<string>}> {
  const outer = (...args: string[]): Promise<Ran> =>
    runProgram('tmux', ['-u', '-S', path.join(world.folder, 'outer.sock'), '-f', '/dev/null', ...args], {
      cwd: world.root,
      env: world.env,
    })
  await outer(
    'new-session',
    '-d',
    '-s',
    'person',
    '-x',
    '120',
    '-y',
    '40',
    '--',
    'env',
    '-u',
    'TMUX',
    '/bin/sh',
    '-c',
    `'${process.execPath}' '${program}'; exec cat`,
  )
  const server = Number((await outer('display-message', '-p', '-t', '=person:', '#{pid}')).stdout)
  away.push(() => process.kill(server, 'SIGTERM'))
  const screen = async () => (await outer('capture-pane', '-p', '-t', '=person:')).stdout
  await eventually('the dashboard to show', async () => (await screen()).includes('1 ask'))
  return {
    screen,
    press: async (...keys) => {
      for (const key of keys) await outer('send-keys', '-t', '=person:', key)
    },
  }
}

describe('a team that is suspended', function () {
  this.timeout(240_000)
  let world: World
  tellOnFailure(() => world)
  afterEach(async () => {
    for (const leave of away.splice(0)) leave()
    await world.close()
  })

  it('goes on where it was: the planner first, then each worker in its own conversation and folder (F-113)', async () => {
    world = await makeWorld({script: script({working: COUNTING})})
    await bothBusy(world)
    const before = await world.sessions()
    const {sessions} = await world.json<{sessions: {name: string; status: string}[]}>(['suspend'])
    expect(sessions.map(({name, status}) => [name, status])).to.have.deep.members([
      ['planner', 'suspended'],
      ['worker-task-001', 'suspended'],
      ['worker-task-002', 'suspended'],
    ])
    const asleep = await world.sessions()
    expect(asleep.map(({process}) => process.value)).to.deep.equal(['gone', 'gone', 'gone'])
    expect((await world.tmux('list-sessions')).code).to.equal(1)
    expect((await world.tasks()).map(({status}) => status)).to.deep.equal(['needs_input', 'in_progress'])
    expect(
      await world.git('for-each-ref', '--format=%(refname)', 'refs/codex-planner/snapshots/worker-task-002'),
    ).to.match(/worker-task-002/)
    const asked = world.model.requests.length

    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    expect(launched.stderr).to.include(
      `6. Resume conversations: planner, conversation ${before[0]?.codex_session_id}; worker-task-001, worker-task-002`,
    )
    await eventually('the interrupted worker to finish', async () => {
      return taskIn(await world.tasks(), WORKING).status === 'review_ready'
    })
    const after = await world.sessions()
    expect(
      after.map(({name, status, codex_session_id, worktree}) => [name, status, codex_session_id, worktree]),
    ).to.deep.equal(before.map(({name, codex_session_id, worktree}) => [name, 'running', codex_session_id, worktree]))
    expect(taskIn(await world.tasks(), ASKING).status).to.equal('needs_input')
    const since = world.model.requests.slice(asked)
    expect(since.filter(({cwd}) => cwd.endsWith('/task-001'))).to.deep.equal([])
    expect(since.find(({cwd}) => cwd.endsWith('/task-002'))?.thread).to.equal(before[2]?.codex_session_id)

    await world.json(['resume-task', ASKING, '--note', 'Blue.'])
    await eventually('the one that waited to finish', async () => {
      return taskIn(await world.tasks(), ASKING).status === 'review_ready'
    })
    const {path: prompt} = await world.json<{path: string}>(['show-prompt', 'worker-task-001'])
    expect(await readFile(prompt, 'utf8')).to.match(/^# Worker worker-task-001 on TASK-001/)
    expect(world.model.problems).to.deep.equal([])
  })

  it('tells a worker whose conversation was never learnt everything anew (F-018)', async () => {
    world = await makeWorld({script: script({working: [{text: 'Thinking.', gate: 'never'}]})})
    await world.json<Launched>(['launch'])
    await eventually('one to ask and the other to run', async () => {
      const tasks = await world.tasks()
      const worker = await world.session('worker-task-002')
      return tasks[0]?.status === 'needs_input' && worker?.status === 'running'
    })
    await world.json(['suspend'])
    const asleep = await world.session('worker-task-002')
    expect([asleep?.status, asleep?.codex_session_id]).to.deep.equal(['suspended', null])
    await writeFile(path.join(asleep?.worktree ?? '', 'saved'), 'one\n')
    await writeFile(path.join(asleep?.worktree ?? '', 'unsaved'), 'two\n')

    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(0)
    await eventually('it to finish', async () => taskIn(await world.tasks(), WORKING).status === 'review_ready')
    const back = world.model.requests.findLast(({cwd}) => cwd.endsWith('/task-002'))
    expect(back?.user).to.include('Your earlier conversation on TASK-002 could not be brought back')
    expect(world.model.problems).to.deep.equal([])
  })

  it('comes back without the one that cannot, and says why, until it can (F-019)', async () => {
    world = await makeWorld({script: script({working: COUNTING})})
    await bothBusy(world)
    await world.json(['suspend'])
    const {worktree} = taskIn(await world.tasks(), WORKING)
    await rename(worktree ?? '', `${worktree}.aside`)
    await mkdir(worktree ?? '')
    await writeFile(path.join(worktree ?? '', 'mine'), 'not a worktree\n')

    const launched = await world.run([])
    expect(launched.code, launched.stderr).to.equal(1)
    const why = `worker-task-002 stays suspended: ${worktree}`
    expect(launched.stderr).to.include(why)
    expect(launched.stdout).to.include(why)
    const left = await world.session('worker-task-002')
    expect(left?.status).to.equal('suspended')
    expect(left?.attention).to.match(/^Stays suspended: /)
    expect((await world.session('worker-task-001'))?.status).to.equal('running')

    await rename(worktree ?? '', `${worktree}.empty`)
    await rename(`${worktree}.aside`, worktree ?? '')
    await world.json(['spawn-worker', WORKING])
    await eventually('it to finish', async () => taskIn(await world.tasks(), WORKING).status === 'review_ready')
    expect((await world.session('worker-task-002'))?.codex_session_id).to.equal(left?.codex_session_id)
    expect(left?.codex_session_id).not.to.equal(null)
  })

  it('is suspended whole by a second call when the first was killed half way (F-017)', async () => {
    world = await makeWorld({script: script({working: COUNTING})})
    await bothBusy(world)
    const first = spawn(process.execPath, [program, 'suspend'], {cwd: world.root, env: world.env, stdio: 'ignore'})
    const ended = new Promise(resolve => first.once('exit', resolve))
    await eventually('it to have begun', async () => (await world.session('planner'))?.ending != null)
    first.kill('SIGKILL')
    await ended
    await world.json(['suspend'])
    expect((await world.sessions()).map(({status, process}) => [status, process.value])).to.deep.equal([
      ['suspended', 'gone'],
      ['suspended', 'gone'],
      ['suspended', 'gone'],
    ])
    expect((await world.run([])).code).to.equal(0)
    await eventually('it to finish', async () => taskIn(await world.tasks(), WORKING).status === 'review_ready')
  })

  it('is suspended by Ctrl+C, twice, in its own windows; once is a question', async () => {
    world = await makeWorld({script: script({working: COUNTING})})
    await bothBusy(world)
    const person = await sitDown(world)
    await person.press('C-c')
    await eventually('the menu', async () => (await person.screen()).includes('Suspend everything'))
    expect(await person.screen())
      .to.include('Interrupt this turn')
      .and.to.include('Back')
    await person.press('b')
    await eventually('it to be away', async () => !(await person.screen()).includes('Suspend everything'))
    expect((await world.sessions()).every(({status}) => status === 'running')).to.equal(true)

    await person.press('C-b', '2', 'C-c')
    await eventually('the menu', async () => (await person.screen()).includes('Suspend everything'))
    await person.press('i')
    await eventually('the turn to be interrupted', async () => {
      return (await world.session('worker-task-002'))?.turn.value === 'idle'
    })
    expect((await world.session('worker-task-002'))?.status).to.equal('running')

    await person.press('C-c', 'C-c')
    await eventually('all to be suspended', async () => {
      return (await world.sessions()).every(({status}) => status === 'suspended')
    })
    expect((await world.sessions()).map(({process}) => process.value)).to.deep.equal(['gone', 'gone', 'gone'])
    await eventually('the way on', async () => {
      return (await person.screen()).includes('The team is suspended. Go on with: codex-planner')
    })
  })
})

describe('a team that is shut down', function () {
  this.timeout(240_000)
  let world: World
  tellOnFailure(() => world)
  afterEach(() => world.close())

  it('stays down but for the planner, and keeps every file and branch', async () => {
    world = await makeWorld({script: script({working: COUNTING})})
    await bothBusy(world)
    await world.json(['close-session', 'worker-task-001'])
    await world.json(['suspend'])
    const done = await world.run(['shutdown'])
    expect(done.code, done.stderr).to.equal(0)
    expect(done.stdout).to.include('planner is closed.').and.to.include('worker-task-002 is closed.')
    expect((await world.sessions()).map(({status}) => status)).to.deep.equal(['closed', 'closed', 'closed'])
    const {worktree, branch} = taskIn(await world.tasks(), WORKING)
    expect(await readFile(path.join(worktree ?? '', 'unsaved'), 'utf8')).to.equal('two\n')
    expect(await world.git('log', '--format=%s', branch ?? '')).to.match(/^Count\n/)

    const launched = await world.json<Launched>(['launch'])
    expect(launched.steps[5]?.detail).to.match(/^planner, conversation [0-9a-f-]{36}$/)
    expect((await world.sessions()).map(({status}) => status)).to.deep.equal(['running', 'closed', 'closed'])

    await world.json(['shutdown'])
    expect((await world.tmux('list-sessions')).code).to.equal(1)
    const again = await world.run(['shutdown'])
    expect([again.code, again.stdout]).to.deep.equal([0, 'No session runs, and none is suspended.\n'])
  })
})
