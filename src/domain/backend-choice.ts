import type {Readiness, TerminalBackend} from '@codex-planner/plugin-api'

import {PlannerError} from './errors.ts'

export interface Candidate {
  backend: TerminalBackend
  readiness: Readiness
}

/** @throws PlannerError TERMINAL_UNAVAILABLE, with what would make one ready */
export function chooseBackend(wanted: string, candidates: readonly Candidate[]): TerminalBackend {
  if (wanted === 'auto') {
    const ready = candidates
      .filter(({readiness}) => readiness.ready)
      .toSorted((a, b) => b.backend.autoRank - a.backend.autoRank)
    if (ready[0]) return ready[0].backend
  } else {
    const named = candidates.find(({backend}) => backend.name === wanted)
    if (named?.readiness.ready) return named.backend
    if (!named) {
      const known = candidates.map(({backend}) => backend.name).join(', ')
      throw new PlannerError(
        'TERMINAL_UNAVAILABLE',
        `There is no terminal backend ${wanted}; installed: ${known || 'none'}.`,
        ['codex-planner plugins --core'],
      )
    }
    candidates = [named]
  }
  const reasons = candidates.flatMap(({backend, readiness}) =>
    readiness.ready ? [] : [`${backend.name}: ${readiness.reason}`],
  )
  const remedies = candidates.flatMap(({readiness}) => (readiness.ready ? [] : [readiness.remedy]))
  throw new PlannerError('TERMINAL_UNAVAILABLE', `No terminal can be opened. ${reasons.join(' ')}`.trim(), remedies)
}
