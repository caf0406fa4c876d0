import type {TerminalState} from '@codex-planner/plugin-api'

import type {Board} from '../domain/board.ts'
import {tellsOfTurn} from '../domain/last-turn.ts'
import {isActive, type Session} from '../domain/session.ts'
import {
  type Fact,
  type ProcessValue,
  processFact,
  processState,
  type TurnValue,
  turnFact,
  turnRecord,
} from '../domain/status.ts'
import {readScript} from '../store/runs.ts'
import {conversationFile, conversationFiles, conversationTail} from '../system/codex.ts'
import {commandLine, lookAtMachine, parentOf, probeProcess, processesOfRuns} from '../system/process.ts'
import {selfCommand} from '../system/self.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'
import {survey} from './terminals.ts'

/** The facts about one session, each with its source and its time. */
export interface SessionFacts {
  session: Session
  process: Fact<ProcessValue>
  turn: Fact<TurnValue>
  /** What the end of its conversation's record says of its last turn; empty where it has none. */
  record: readonly string[]
}

/** Looks at these sessions with one question to each backend, and one look at the processes and at each folder of conversations. */
export async function factsOf(project: Project, sessions: readonly Session[]): Promise<SessionFacts[]> {
  const machine = lookAtMachine()
  const look = (session: Session) => scriptOf(project, session, machine)
  const first = await Promise.all(sessions.map(look))
  // Of a script that runs, or that has told its end, no terminal can tell more.
  const untold = first.flatMap(({session, exit, script}) =>
    isActive(session) && !exit && script !== 'alive' ? [session] : [],
  )
  const terminals = await confirmedSurvey(project.host, untold)
  // What such a script has told until its terminal was looked at counts too.
  const scripts = await Promise.all(first.map(async one => (untold.includes(one.session) ? look(one.session) : one)))
  // Reading every process is dear, and only says something when all else is gone without a word.
  const silent = scripts.flatMap(({session, script, exit, rebooted}) =>
    script === 'gone' && !exit && !rebooted && isActive(session) ? [session.run] : [],
  )
  const survivors = await survivorsOfRuns(silent)
  const looks = scripts.map(({session, ...script}) => ({
    session,
    process: processFact(session, {
      ...script,
      foreign: script.hello?.foreign ?? false,
      terminal: terminals.get(session) ?? 'unknown',
      survivors: survivors.has(session.run),
      now: project.host.now(),
    }),
  }))
  const files = await conversationFiles(
    project.host.codexHome,
    looks.flatMap(look => talkOf(look) ?? []),
  )
  return Promise.all(
    looks.map(async look => {
      const file = files.get(talkOf(look) ?? '')
      const record = file === undefined ? [] : await conversationTail(file, tellsOfTurn)
      return {...look, turn: turnFact(look.process.value, turnRecord(record)), record}
    }),
  )
}

/** The conversation of a session that may still be in a turn. */
function talkOf({session, process}: Pick<SessionFacts, 'session' | 'process'>): string | undefined {
  return process.value === 'gone' ? undefined : (session.codex_session_id ?? undefined)
}

/** A terminal is called gone only when its backend says so twice; those that it does not miss are asked for once. */
async function confirmedSurvey(host: Host, sessions: readonly Session[]): Promise<Map<Session, TerminalState>> {
  const first = await survey(host, sessions)
  const missed = sessions.filter(session => first.get(session) === 'gone')
  if (missed.length === 0) return first
  const second = await survey(host, missed)
  return new Map([...first, ...missed.map(session => [session, again(second.get(session))] as const)])
}

function again(state: TerminalState | undefined): TerminalState {
  return state === 'gone' ? 'gone' : 'unknown'
}

/** What the script of a session's start wrote, and whether it runs. */
async function scriptOf(project: Project, session: Session, machine: ReturnType<typeof lookAtMachine>) {
  const {hello, exit} = await readScript(project.paths, session.run)
  const probe = hello && probeProcess(hello.pid, machine)
  const script: ProcessValue = hello && probe ? processState(hello, probe) : 'unknown'
  const rebooted = hello !== undefined && hello.boot !== null && probe?.boot != null && hello.boot !== probe.boot
  return {session, hello, exit, script, rebooted}
}

/** Whether the script of a start runs, and with it its Codex, whatever its record says. */
export async function stillLives(project: Project, session: Session): Promise<boolean> {
  const {hello, exit} = await readScript(project.paths, session.run)
  return !exit && hello !== undefined && !hello.foreign && processState(hello, probeProcess(hello.pid)) === 'alive'
}

/** Whether a start of that session runs for the repository that this one was copied from, with its conversation. */
export async function runsInOriginal(project: Project, session: Session): Promise<boolean> {
  const {hello, exit} = await readScript(project.paths, session.run)
  return !exit && hello?.foreign === true && processState(hello, probeProcess(hello.pid)) !== 'gone'
}

/**
 * Processes of a start, wherever they moved. Those of our own program end by themselves, and so does what they call meanwhile, such as git;
 * but what `run` has started is the session's.
 */
export async function survivorsOf(run: string, self = selfCommand()): Promise<number[]> {
  return (await survivorsOfRuns([run], self)).get(run) ?? []
}

/** The same for many starts, with one look at all processes; a start without any is left out. */
async function survivorsOfRuns(
  runs: readonly string[],
  [node, script] = selfCommand(),
): Promise<Map<string, number[]>> {
  const ours = `${node} ${script} `
  const found = new Map<string, number[]>()
  for (const [run, pids] of await processesOfRuns(runs)) {
    const words = new Map(pids.map(pid => [pid, commandLine(pid)]))
    const calls = pids.filter(pid => words.get(pid)?.startsWith(ours) && !words.get(pid)?.startsWith(`${ours}run `))
    const others = pids.filter(pid => !words.get(pid)?.startsWith(ours) && !calls.includes(parentOf(pid) ?? 0))
    if (others.length > 0) found.set(run, others)
  }
  return found
}

/** The end of a conversation's record, line by line; empty where there is none. */
export async function recordOf(project: Project, conversation: string): Promise<string[]> {
  const file = await conversationFile(project.host.codexHome, conversation)
  return file === undefined ? [] : conversationTail(file)
}

export function activeSessions(board: Board): Session[] {
  return board.sessions.filter(isActive)
}
