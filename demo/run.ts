import {styleText} from 'node:util'

import type {Task} from '../src/domain/task.ts'
import type {Launched} from '../src/services/launch.ts'
import {eventually, makeWorld, taskIn, type World} from '../test/support/world.ts'
import {teamScript} from './team-script.ts'

// The main job for real: Codex, git and tmux are the real ones; only what the models decide is scripted.

const started = Date.now()

function say(text: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(3)
  console.log(`${styleText('dim', `${seconds} s`)}  ${text}`)
}

function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}`)
}

/** Prints every change of a task's state while something is waited for. */
async function watchUntil(
  world: World,
  shown: Map<string, string>,
  what: string,
  holds: (tasks: Task[]) => boolean,
): Promise<void> {
  await eventually(
    what,
    async () => {
      const tasks = await world.tasks()
      for (const {id, status, owner, title} of tasks) {
        const line = `${id}  ${status.padEnd(12)} ${(owner ?? '-').padEnd(16)} ${title}`
        if (shown.get(id) !== line) say(`board  ${line}`)
        shown.set(id, line)
      }
      return tasks.length > 0 && holds(tasks)
    },
    120_000,
  )
}

async function play(world: World): Promise<void> {
  const shown = new Map<string, string>()
  const is = (id: string, status: string) => (tasks: Task[]) =>
    tasks.some(task => task.id === id && task.status === status)

  heading('1. codex-planner, in a fresh repository')
  say(`repository ${world.root}`)
  const launched = await world.run([])
  if (launched.code !== 0) throw new Error(launched.stderr)
  for (const line of launched.stderr.trimEnd().split('\n')) say(line)
  const {attach} = await world.json<Launched>(['launch'])
  heading('2. The planner makes two tasks and starts two workers')
  say(`watch them meanwhile, in another terminal:\n       ${attach.hint}`)
  await watchUntil(
    world,
    shown,
    'two workers',
    tasks => tasks.filter(({status}) => status === 'in_progress').length === 2,
  )

  heading('3. A worker asks, the planner answers')
  world.model.release('work')
  await watchUntil(world, shown, 'the question', is('TASK-001', 'needs_input'))
  say('the planner is woken by a message in its own conversation (Codex looks for one about every ten seconds)')
  await watchUntil(world, shown, 'the answer', is('TASK-001', 'in_progress'))

  heading('4. Both hand back, the planner accepts')
  world.model.release('hand back TASK-002')
  await watchUntil(world, shown, 'TASK-002 to be done', is('TASK-002', 'done'))
  world.model.release('hand back TASK-001')
  await watchUntil(world, shown, 'TASK-001 to be done', is('TASK-001', 'done'))
  await eventually('the workers to be closed', async () =>
    (await world.sessions()).every(({role, status}) => role === 'planner' || status === 'closed'),
  )

  heading('5. What is left')
  console.log((await world.run(['list-sessions'])).stdout)
  for (const id of ['TASK-001', 'TASK-002']) {
    const {branch, worktree} = taskIn(await world.tasks(), id)
    const commits = (await world.git('log', '--format=%h %s', `main..${branch}`)).trimEnd().replaceAll('\n', '\n    ')
    console.log(`${branch}, kept in ${worktree}\n    ${commits}`)
  }
  console.log(`\nThe handoff of TASK-001:\n\n${(await world.run(['show-handoff', 'TASK-001'])).stdout}`)
  if (world.model.problems.length > 0) throw new Error(world.model.problems.join('\n'))
  heading('Done: two tasks from nothing to done, one question asked and answered, two branches with their commits.')
  console.log('The repository was a throw-away one and is removed now. Begin with your own: codex-planner')
}

const world = await makeWorld({script: teamScript()})
let closing: Promise<void> | undefined
const close = () => (closing ??= world.close())
process.once('SIGINT', () => {
  void close().then(() => process.exit(130))
})
try {
  await play(world)
} finally {
  await close()
}
