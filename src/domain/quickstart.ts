import {type SessionStatus, workerName} from './session.ts'
import type {ProcessValue, TurnValue} from './status.ts'
import type {TaskStatus} from './task.ts'

/** One session in a few words. */
export interface SessionBrief {
  name: string
  status: SessionStatus
  process: ProcessValue
  turn: TurnValue
  task_id: string | null
  /** The status of its task. */
  task: TaskStatus | null
}

/** What is true of one repository and this machine, as far as it can be looked at. */
export interface TeamFacts {
  /** The root; null outside a repository. */
  repository: string | null
  initialized: boolean
  /** Why no more can be said, and what helps; null when everything can be. */
  problem: {message: string; command: string | null} | null
  has_commit: boolean
  /** Where sessions open; null when no terminal can be opened. */
  terminal: {backend: string | null; detail: string}
  /** The newest start of the planner, ended or not. */
  planner: SessionBrief | null
  /** The workers that are active, or suspended. */
  workers: SessionBrief[]
  by_status: Partial<Record<TaskStatus, number>>
  /** The one a worker could start on, else (without a title) the one that would be made next. */
  next_task: {id: string; title: string | null}
  /** Tasks that wait for an answer or a review. */
  waiting: string[]
}

export interface Step {
  title: string
  text: string
  /** To paste, one line each. */
  commands: string[]
}

export interface Guide {
  /** What to do now. */
  next: {text: string; command: string | null}
  /** The way from a wish to merged work. */
  steps: Step[]
}

export function guideFor(facts: TeamFacts): Guide {
  return {next: nextMove(facts), steps: steps(facts)}
}

function nextMove({problem, has_commit, terminal, planner, waiting}: TeamFacts): Guide['next'] {
  if (problem) return {text: problem.message, command: problem.command}
  if (!has_commit) {
    return {
      text: 'This repository has no commit yet, so a worker has nothing to start from.',
      command: `git commit --allow-empty -m 'First commit'`,
    }
  }
  if (terminal.backend === null) return {text: terminal.detail, command: 'codex-planner doctor'}
  const active = planner !== null && (planner.status === 'running' || planner.status === 'starting')
  if (planner && active && planner.process === 'unknown')
    return {
      text: 'Whether the planner runs cannot be told; look at what is known.',
      command: 'codex-planner show-session planner',
    }
  if (planner && active && planner.process === 'alive') {
    const news = waiting.length === 0 ? '' : ` ${list(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for it.`
    return {text: `The planner runs; go there and say what you want.${news}`, command: 'codex-planner attach'}
  }
  if (planner?.status === 'suspended')
    return {text: 'The team is suspended; bring it back, each session in its conversation.', command: 'codex-planner'}
  return planner
    ? {text: 'The planner has ended; bring it back in its conversation.', command: 'codex-planner'}
    : {text: 'There is no planner yet; start one and say what you want.', command: 'codex-planner'}
}

function steps({terminal, next_task, waiting}: TeamFacts): Step[] {
  const {id, title} = next_task
  const asked = waiting[0] ?? id
  return [
    {
      title: 'Talk to the planner',
      text: 'One command prepares the repository, starts the planner or brings its conversation back, and goes there. Say what you want; the planner cuts it into tasks.',
      commands: ['codex-planner'],
    },
    {
      title: 'Let work go through the planner',
      text: 'Workers do not talk to you, and you need not talk to them. A worker asks the planner, and the planner comes to you only with a decision that is yours.',
      commands: [],
    },
    {
      title: 'A wish becomes a task',
      text: `The planner makes tasks itself. You can make one from any shell${title === null ? `; it becomes ${id}` : ''}.`,
      commands: [
        `codex-planner create-task 'Greet people by name' --write-scope greet.sh --acceptance 'sh greet.sh Ada says hello to Ada'`,
      ],
    },
    {
      title: 'A worker does the task',
      text:
        title === null
          ? `When ${id} is on the board, a worker gets a branch, a worktree and a terminal for it.`
          : `${id} can be started now. Its worker gets a branch, a worktree and a terminal.`,
      commands: [`codex-planner spawn-worker ${id}`, `codex-planner attach ${workerName(id)}`],
    },
    {
      title: 'Questions and results come back on a page',
      text: 'A worker that asks sets its task to needs_input, one that hands back to review_ready. The planner is told at once, and the text stands in the handoff of the task.',
      commands: [
        'codex-planner list-tasks --status needs_input --status review_ready',
        `codex-planner show-handoff ${asked}`,
      ],
    },
    {
      title: 'The planner answers, or accepts',
      text: 'An answer goes into the conversation of the worker, which goes on where it was. Accepted work is merged with git; codex-planner itself never merges, and keeps every worktree and branch.',
      commands: [
        `codex-planner resume-task ${asked} --note 'Take the second way.'`,
        `codex-planner close-worker ${workerName(asked)} --task-status done`,
      ],
    },
    {
      title: 'Leave, and come back',
      text: `${terminal.backend === 'tmux' ? 'Ctrl+b d leaves the dashboard, and everything goes on. ' : ''}When you want the machine for yourself, suspend the whole team; the first command brings it back, each session in its conversation.`,
      commands: ['codex-planner list-sessions', 'codex-planner suspend', 'codex-planner'],
    },
  ]
}

function list(ids: readonly string[]): string {
  if (ids.length > 3) return `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more`
  return ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`
}
