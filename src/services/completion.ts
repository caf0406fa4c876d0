import type {DeclaredValue} from '../domain/completion.ts'
import {type LiveFacts, neededFact} from '../domain/completion-values.ts'
import {PlannerError} from '../domain/errors.ts'
import {SNAPSHOTS} from '../domain/snapshot.ts'
import {fileFaultOf} from '../store/file-error.ts'
import type {InstalledPlugin} from './checks/plugins.ts'
import type {Host} from './host.ts'
import type {Project} from './project.ts'

/** Opened only when it is asked about. */
export interface Places {
  host: () => Promise<Host>
  project: () => Promise<Project>
  plugins: () => Promise<InstalledPlugin[]>
}

/** What can be read of what an argument takes. Where there is no repository, or a file is damaged, that is nothing. */
export async function liveFacts(of: DeclaredValue, places: Places): Promise<LiveFacts> {
  try {
    return await gathered(of, places)
  } catch (error) {
    if (error instanceof PlannerError || fileFaultOf(error)) return {}
    throw error
  }
}

async function gathered({completes}: DeclaredValue, {host, project, plugins}: Places): Promise<LiveFacts> {
  const needed = neededFact(completes)
  if (needed === 'board') return {board: await (await project()).board.read()}
  if (needed === 'leases') {
    const {leaseRegistry} = await import('./lease-facts.ts')
    const {leases, queue} = await leaseRegistry(await host()).read()
    return {leases: [...leases, ...queue]}
  }
  if (needed === 'snapshots') {
    const {readSnapshots} = await import('./snapshot-list.ts')
    return {snapshots: await readSnapshots(await project(), SNAPSHOTS)}
  }
  if (needed === 'plugins') return {plugins: (await plugins()).filter(({isOurs}) => !isOurs)}
  return {}
}
