import type {Board} from '../domain/board.ts'
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
import {readRun} from '../store/runs.ts'
import {conversationFile, conversationTail} from '../system/codex.ts'
import {probeProcess} from '../system/process.ts'
import type {Project} from './project.ts'
import {survey} from './terminals.ts'

/** The facts about one session, each with its source and its time. */
export interface SessionFacts {
  session: Session
  process: Fact<ProcessValue>
  turn: Fact<TurnValue>
}

/** Looks at these sessions with one question to each backend. */
export async function factsOf(project: Project, sessions: readonly Session[]): Promise<SessionFacts[]> {
  const terminals = await survey(project.host, sessions.filter(isActive))
  const now = project.host.now()
  return Promise.all(
    sessions.map(async session => {
      const {hello, exit} = await readRun(project.paths, session.run)
      const probe = hello && probeProcess(hello.pid)
      const process = processFact(session, {
        hello,
        exit,
        script: hello && probe ? processState(hello, probe) : 'unknown',
        rebooted: hello !== undefined && hello.boot !== null && probe?.boot != null && hello.boot !== probe.boot,
        terminal: terminals.get(session) ?? 'unknown',
        now,
      })
      return {session, process, turn: await turnOf(project, session, process.value)}
    }),
  )
}

async function turnOf(project: Project, session: Session, process: ProcessValue): Promise<Fact<TurnValue>> {
  if (process === 'gone' || session.codex_session_id === null) return turnFact(process, null, false)
  return turnFact(process, turnRecord(await recordOf(project, session.codex_session_id)), false)
}

/** The end of a conversation's record, line by line; empty where there is none. */
export async function recordOf(project: Project, conversation: string): Promise<string[]> {
  const file = await conversationFile(project.host.codexHome, conversation)
  return file === undefined ? [] : conversationTail(file)
}

export function activeSessions(board: Board): Session[] {
  return board.sessions.filter(isActive)
}
