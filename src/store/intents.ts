import {randomBytes} from 'node:crypto'
import {dirname, join} from 'node:path'

import type {Intent} from '../domain/intent.ts'
import {jsonIn} from '../domain/json.ts'
import type {ProcessIdentity} from '../domain/status.ts'
import {tidying} from './file-error.ts'
import {withLock} from './lock.ts'
import type {ProjectPaths} from './paths.ts'
import {appendLine, createText, namesIn, readText, removeFile} from './safe-file.ts'
import {ensureFolder, isFolder} from './safe-folder.ts'

/** An intent on record: its first line, and what was noted below it since. */
export interface StandingIntent {
  id: string
  intent: Intent
  /** Whose it is to carry out; null when that process gave it up. */
  owner: ProcessIdentity | null
  /** Steps that are noted as done. */
  done: string[]
}

export interface StandingIntents {
  standing: StandingIntent[]
  /** Absolute paths of files that are not ours, or not whole. */
  unreadable: string[]
}

const MAX_BYTES = 1_000_000

/** Puts an intent on record, flushed to the disk. Returns its id. @throws PlannerError UNSAFE_FILE */
export async function beginIntent(paths: ProjectPaths, intent: Intent, owner: ProcessIdentity): Promise<string> {
  const id = `${intent.operation}-${randomBytes(6).toString('hex')}`
  await ensureFolder(paths.intents, 0o700, {below: dirname(paths.kept)})
  await createText(fileOf(paths, id), `${JSON.stringify({intent, owner})}\n`, 0o600)
  return id
}

export async function noteStep(paths: ProjectPaths, id: string, step: string): Promise<void> {
  // A step without its note is done again, which does no harm.
  await tidying(() => appendLine(fileOf(paths, id), JSON.stringify({done: step})))
}

/** Whoever began it says that it will not go on. */
export async function giveUpIntent(paths: ProjectPaths, id: string): Promise<void> {
  await tidying(() => appendLine(fileOf(paths, id), JSON.stringify({owner: null})))
}

/** What it was for is done, or taken back. */
export async function endIntent(paths: ProjectPaths, id: string): Promise<void> {
  await tidying(async () => {
    await removeFile(fileOf(paths, id))
  })
}

/** Makes it the caller's, if it is still that of the owner who was found gone; false when another was faster. */
export async function takeOverIntent(
  paths: ProjectPaths,
  {id, owner}: StandingIntent,
  own: ProcessIdentity,
): Promise<boolean> {
  return withLock(paths.intentLock, async () => {
    const read = await readText(fileOf(paths, id), {maxBytes: MAX_BYTES})
    const current = read && (await asIntent(id, read.text))
    if (!current || JSON.stringify(current.owner) !== JSON.stringify(owner)) return false
    await appendLine(fileOf(paths, id), JSON.stringify({owner: own}))
    return true
  })
}

/** Newest first: what began inside another comes before it. */
export async function readIntents(paths: ProjectPaths): Promise<StandingIntents> {
  const found: StandingIntents = {standing: [], unreadable: []}
  for (const name of await intentNames(paths)) {
    const file = join(paths.intents, name)
    const id = /^([a-z-]+-[0-9a-f]{12})\.jsonl$/.exec(name)?.[1]
    const read = id === undefined ? undefined : await readText(file, {maxBytes: MAX_BYTES})
    const intent = id !== undefined && read ? await asIntent(id, read.text) : undefined
    if (intent) found.standing.push(intent)
    else if (id === undefined || read) found.unreadable.push(file)
  }
  found.standing.sort((one, other) => (one.intent.begun_at > other.intent.begun_at ? -1 : 1))
  return found
}

async function intentNames(paths: ProjectPaths): Promise<string[]> {
  if (!(await isFolder(paths.intents, {below: dirname(paths.kept)}))) return []
  return (await namesIn(paths.intents)).filter(name => !name.startsWith('.tmp-'))
}

function fileOf(paths: ProjectPaths, id: string): string {
  return join(paths.intents, `${id}.jsonl`)
}

/** Undefined when the first line is no intent; a later line that is torn was never noted. */
async function asIntent(id: string, text: string): Promise<StandingIntent | undefined> {
  const {intentLines} = await import('./intent-schema.ts')
  const {asFirst, asNote} = await intentLines()
  const [first, ...rest] = text.split('\n').map(jsonIn)
  const head = asFirst(first)
  if (!head) return undefined
  const notes = rest.flatMap(line => asNote(line) ?? [])
  const owner = notes.reduce((before, line) => ('owner' in line ? line.owner : before), head.owner)
  return {id, intent: head.intent, owner, done: notes.flatMap(line => ('done' in line ? [line.done] : []))}
}
