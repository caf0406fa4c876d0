import path from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {requireOwnSession} from '../domain/role.ts'
import {latestPrompt, sessionOf} from '../domain/session.ts'
import {printableLines} from '../domain/text.ts'
import {readPage} from '../store/pages.ts'
import type {Project} from './project.ts'
import {startsOf} from './starts.ts'
import {findTask} from './tasks.ts'

export interface Text {
  /** Absolute. */
  path: string
  text: string
  total_bytes: number
  /** Where the next part begins; null when this was the last. */
  next_offset: number | null
}

export interface Part {
  offset: number
  /** Of the serialized answer; null for the whole text. */
  maxBytes: number | null
}

/** A person's terminal gets a text whole, up to this. */
const WHOLE_BYTES = 5_000_000

/** @throws PlannerError TASK_NOT_FOUND */
export async function handoffText(project: Project, id: string, part: Part): Promise<Text> {
  const {handoff_file: file} = await findTask(project, id)
  return textOf(project, file, part, `${id} has no handoff file ${file} any more.`)
}

/** @throws PlannerError SESSION_NOT_FOUND, NOT_OWNER */
export async function promptText(project: Project, name: string, part: Part): Promise<Text> {
  requireOwnSession(project.caller, name)
  const starts = await startsOf(project, await project.board.read(), name)
  sessionOf(starts, name)
  const file = latestPrompt(starts, name)
  if (file === null) {
    throw new PlannerError('UNSAFE_FILE', `No start of ${name} was given a prompt.`, [
      `codex-planner show-session ${name}`,
    ])
  }
  return textOf(project, file, part, `The prompt ${file} of ${name} is not there any more.`)
}

async function textOf(project: Project, file: string, {offset, maxBytes}: Part, missing: string): Promise<Text> {
  // One byte of text can take six in JSON; a page is halved until its answer fits.
  for (let size = maxBytes ?? WHOLE_BYTES; ; size = Math.floor(size / 2)) {
    const page = await readPage(project.paths, file, {offset, maxBytes: size})
    if (!page) throw new PlannerError('UNSAFE_FILE', missing, ['codex-planner doctor'])
    // A model that reads it must see what hides in it; offsets count the bytes of the file all the same.
    const shown = maxBytes === null ? page : {...page, text: printableLines(page.text)}
    const text = {path: path.join(project.root, file), ...shown}
    if (maxBytes === null || Buffer.byteLength(JSON.stringify(text)) <= maxBytes || size < 16) return text
  }
}
