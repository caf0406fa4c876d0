import {latestSession, type SessionBoard} from '../domain/session.ts'
import type {Project} from './project.ts'

/** The starts of that name: those on the board or, when it has none any more, those in the archive. */
export async function startsOf(project: Project, board: SessionBoard, name: string): Promise<SessionBoard> {
  if (latestSession(board, name)) return board
  return {sessions: (await project.board.archivedStarts()).filter(session => session.name === name)}
}
