import {type Intent, OPERATIONS} from '../domain/intent.ts'
import {SESSION_NAME} from '../domain/session.ts'
import type {ProcessIdentity} from '../domain/status.ts'

type FirstLine = {intent: Intent; owner: ProcessIdentity | null}
type Note = {done: string} | {owner: ProcessIdentity | null}

/** What the lines of an intent's file must be: undefined for one that is something else. */
export async function intentLines(): Promise<{
  asFirst: (line: unknown) => FirstLine | undefined
  asNote: (line: unknown) => Note | undefined
}> {
  const v = await import('valibot')
  const text = (pattern: RegExp) => v.nullable(v.pipe(v.string(), v.regex(pattern)))
  const step = v.pipe(v.string(), v.regex(/^[a-z-]{1,32}$/))
  const owner = v.nullable(
    v.strictObject({
      pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      started: v.nullable(v.number()),
      boot: v.nullable(v.string()),
      pidns: v.nullable(v.string()),
    }),
  )
  const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/))
  const intent = v.strictObject({
    operation: v.picklist(OPERATIONS),
    steps: v.array(step),
    session: text(SESSION_NAME),
    task_id: text(/^TASK-\d{3,9}$/),
    run: text(/^[a-z0-9][a-z0-9-]{0,63}$/),
    status: v.nullable(v.picklist(['closed', 'suspended'])),
    section: v.nullable(v.string()),
    revision: v.nullable(v.pipe(v.number(), v.safeInteger())),
    by: v.string(),
    begun_at: time,
  })
  const first = v.strictObject({intent, owner})
  const note = v.union([v.strictObject({done: step}), v.strictObject({owner})])
  return {
    asFirst: line => (v.is(first, line) ? line : undefined),
    asNote: line => (v.is(note, line) ? line : undefined),
  }
}
