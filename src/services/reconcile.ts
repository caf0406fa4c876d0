import type {SessionFacts} from './evidence.ts'
import {activeSessions, factsOf} from './evidence.ts'
import type {Project} from './project.ts'
import {settle} from './settle.ts'
import {refreshDashboard} from './terminals.ts'
import {wakePlanner} from './waking.ts'

export interface Reconciled {
  /** Names of sessions whose end was found out only now. */
  ended: string[]
  /** Names of sessions that ended without a word, now or earlier, and have not been brought back. */
  lost: string[]
  unknown: string[]
}

/** Brings every active record in line with what is proven. What cannot be told is left as it is, and named. */
export async function reconcile(project: Project): Promise<Reconciled> {
  const facts = await factsOf(project, activeSessions(await project.board.read()))
  const settled: [SessionFacts, Awaited<ReturnType<typeof settle>>][] = []
  for (const one of facts) settled.push([one, await settle(project, one)])
  const named = (wanted: string) => settled.filter(([, state]) => state === wanted).map(([{session}]) => session.name)
  const {sessions} = await project.board.read()
  const newest = sessions.filter(
    (session, index) => sessions.findLastIndex(({name}) => name === session.name) === index,
  )
  const lost = newest.filter(({status}) => status === 'lost').map(({name}) => name)
  const result = {ended: named('ended'), lost, unknown: named('unknown')}
  if (result.ended.length > 0) {
    await refreshDashboard(project, await project.board.read())
    await wakePlanner(project)
  }
  return result
}
