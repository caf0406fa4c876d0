import {appendFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'

import {withLock} from '../../../src/store/lock.ts'

// Goes in so many times, one straight after the other, and notes when it is in and when it is out.
const [file = '', notes = '', name = '', times = '1', holdMs = '2'] = process.argv.slice(2)
for (let time = 1; time <= Number(times); time += 1) {
  await withLock(
    file,
    async () => {
      await appendFile(notes, `${name} in\n`)
      await delay(Number(holdMs))
      await appendFile(notes, `${name} out\n`)
    },
    {timeoutMs: 60_000},
  )
}
