import type * as Valibot from 'valibot'

import {END_REASONS, LEASE_ID, MAX_PURPOSE, OPERATOR, type Registry} from '../domain/lease.ts'
import {SESSION_NAME} from '../domain/session.ts'

/** A message of the schema says what is accepted. */
export async function leaseSchema(): Promise<Valibot.GenericSchema<unknown, Registry>> {
  const v = await import('valibot')
  const matching = (pattern: RegExp, accepted: string) => v.pipe(v.string('text'), v.regex(pattern, accepted))
  const number = (accepted: string) => v.pipe(v.number(accepted), v.finite(accepted), v.minValue(0, accepted))
  const whole = v.pipe(number('a whole number'), v.safeInteger('a whole number'))
  const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, 'a time in UTC such as 2026-01-31T12:00:00Z')
  const id = matching(LEASE_ID, 'an id such as HEAVY-1234abcd')
  const about = {
    id,
    project: matching(/^\/[^\0\n]*$/, 'an absolute folder'),
    session: v.pipe(
      v.string('text'),
      v.check(
        text => text === OPERATOR || SESSION_NAME.test(text),
        'planner, operator or a name such as worker-task-001',
      ),
    ),
    purpose: v.pipe(v.string('text'), v.maxLength(MAX_PURPOSE, `text of at most ${MAX_PURPOSE} characters`)),
  }
  const mark = {
    pid: v.pipe(whole, v.minValue(1, 'the number of a process')),
    started: v.nullable(whole),
    pidns: v.nullable(v.string('text')),
  }
  const child = v.strictObject({...mark, group: v.boolean('true or false')}, 'the keys of a process')
  const holder = v.nullable(
    v.variant(
      'kind',
      [
        v.strictObject({
          kind: v.literal('session'),
          run: matching(/^[a-z0-9][a-z0-9-]{0,63}$/, 'small letters, digits and dashes'),
          ...mark,
        }),
        v.strictObject({kind: v.literal('command'), ...mark, child: v.nullable(child)}),
      ],
      'session or command',
    ),
  )
  const lease = v.strictObject(
    {
      ...about,
      taken_at: time,
      renewed_at: time,
      renewed_clock: number('a number'),
      ttl_seconds: v.pipe(whole, v.minValue(1, 'a whole number above 0')),
      holder,
    },
    'the keys of a lease',
  )
  const ticket = v.strictObject(
    {
      ...about,
      queued_at: time,
      asked_at: time,
      asked_clock: number('a number'),
      retry_after_seconds: v.pipe(whole, v.minValue(1, 'a whole number above 0')),
      holder,
    },
    'the keys of a request',
  )
  const ended = v.strictObject(
    {...about, taken_at: v.optional(time), ended_at: time, reason: v.picklist(END_REASONS, END_REASONS.join(', '))},
    'the keys of an ended lease',
  )
  const file = v.strictObject(
    {
      format: v.literal(1, '1, the format this version of codex-planner knows'),
      boot: v.nullable(matching(/^[0-9a-f-]{8,64}$/, 'the id of a boot')),
      leases: v.array(lease, 'a list of leases'),
      queue: v.array(ticket, 'a list of requests'),
      ended: v.array(ended, 'a list of ended leases'),
    },
    'the keys format, boot, leases, queue and ended',
  )
  return v.pipe(
    file,
    v.transform(({boot, leases, queue, ended}): Registry => ({boot, leases, queue, ended})),
  )
}
