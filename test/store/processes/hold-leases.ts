import {openLeaseRegistry} from '../../../src/store/lease-registry.ts'
import {hostPaths} from '../../../src/store/paths.ts'

// In the middle of a change until it is killed.
const [home = ''] = process.argv.slice(2)
await openLeaseRegistry(hostPaths({HOME: home}).leases).change(async registry => {
  process.stdout.write('held\n')
  await new Promise(resolve => setTimeout(resolve, 60_000))
  return [registry, null]
})
