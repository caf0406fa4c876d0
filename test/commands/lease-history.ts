import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {readMoment} from '../../src/system/clock.ts'

/** A registry of this boot in which one command ran for so many seconds, and nobody holds or waits. */
export async function ranBefore(file: string, seconds: number): Promise<void> {
  const {boot} = readMoment()
  const at = Date.parse('2026-01-31T12:00:00.000Z')
  const time = (milliseconds: number) => JSON.stringify(new Date(milliseconds).toISOString())
  await mkdir(path.dirname(file), {recursive: true, mode: 0o700})
  await writeFile(
    file,
    `format: 1
boot: ${JSON.stringify(boot)}
leases: []
queue: []
ended:
  - id: HEAVY-000000e1
    project: /srv/shop
    session: operator
    purpose: npm test
    taken_at: ${time(at - seconds * 1000)}
    ended_at: ${time(at)}
    reason: released
`,
    {mode: 0o600},
  )
}
