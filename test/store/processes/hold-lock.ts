import {withLock} from '../../../src/store/lock.ts'

const [file = ''] = process.argv.slice(2)
await withLock(file, async () => {
  process.stdout.write('held\n')
  await new Promise(resolve => setTimeout(resolve, 60_000))
})
