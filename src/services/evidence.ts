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
import {commandLine, lookAtMachine, parentOf, probeProcess, processesOfRun} from '../system/process.ts'
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

/** Looks at these sessions with one question to each backend, and one look at each folder of conversations. */
export async function factsOf(project: Project, sessions: readonly Session[]): Promise<SessionFacts[]> {
  const terminals = await confirmedSurvey(project.host, sessions.filter(isActive))
  const machine = lookAtMachine()
  const processes = await Promise.all(
    sessions.map(session => processOf(project, session, terminals.get(session) ?? 'unknown', machine)),
  )
  const looks = sessions.flatMap((session, index) => {
    const process = processes[index]
    return process ? [{session, process}] : []
  })
  const talks = looks.flatMap(look => talkOf(look) ?? [])
  const files = await conversationFiles(project.host.codexHome, talks)
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

async function processOf(
  project: Project,
  session: Session,
  terminal: TerminalState,
  machine: ReturnType<typeof lookAtMachine>,
): Promise<Fact<ProcessValue>> {
  const {hello, exit} = await readScript(project.paths, session.run)
  const probe = hello && probeProcess(hello.pid, machine)
  const script = hello && probe ? processState(hello, probe) : 'unknown'
  const rebooted = hello !== undefined && hello.boot !== null && probe?.boot != null && hello.boot !== probe.boot
  // Reading every process is dear, and only says something when all else is gone without a word.
  const silent = script === 'gone' && !exit && !rebooted && isActive(session)
  const survivors = silent && (await survivorsOf(session.run)).length > 0
  return processFact(session, {
    hello,
    exit,
    script,
    foreign: hello?.foreign ?? false,
    rebooted,
    terminal,
    survivors,
    now: project.host.now(),
  })
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
export async function survivorsOf(run: string, [node, script] = selfCommand()): Promise<number[]> {
  const pids = await processesOfRun(run)
  const ours = `${node} ${script} `
  const words = new Map(pids.map(pid => [pid, commandLine(pid)]))
  const calls = pids.filter(pid => words.get(pid)?.startsWith(ours) && !words.get(pid)?.startsWith(`${ours}run `))
  return pids.filter(pid => !words.get(pid)?.startsWith(ours) && !calls.includes(parentOf(pid) ?? 0))
}

/** The end of a conversation's record, line by line; empty where there is none. */
export async function recordOf(project: Project, conversation: string): Promise<string[]> {
  const file = await conversationFile(project.host.codexHome, conversation)
  return file === undefined ? [] : conversationTail(file)
}

export function activeSessions(board: Board): Session[] {
  return board.sessions.filter(isActive)
}
