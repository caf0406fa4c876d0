import type {Readiness, TerminalBackend} from '@codex-planner/plugin-api'

import {PlannerError} from './errors.ts'

export interface Candidate {
  backend: TerminalBackend
  readiness: Readiness
}

/**
 * @param inherited the planner runs there, so nowhere else would do
 * @throws PlannerError TERMINAL_UNAVAILABLE, with what would make one ready
 */
export function chooseBackend(
  wanted: string,
  candidates: readonly Candidate[],
  {inherited = false}: {inherited?: boolean} = {},
): TerminalBackend {
  if (wanted === 'auto') {
    const ready = candidates
      .filter(({backend, readiness}) => readiness.ready && backend.autoRank >= 0)
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
  const reasons = candidates.map(
    ({backend, readiness}) =>
      `${backend.name}: ${readiness.ready ? 'It is taken only when terminal_backend names it.' : readiness.reason}`,
  )
  const remedies = candidates.flatMap(({readiness}) => (readiness.ready ? [] : [readiness.remedy]))
  const text = `No terminal can be opened. ${reasons.join(' ')}`.trim()
  throw inherited
    ? new PlannerError(
        'TERMINAL_UNAVAILABLE',
        `${text} The planner runs in ${wanted}, so its workers do too; ask it to start them, or call from where it is.`,
        ['codex-planner attach planner'],
      )
    : new PlannerError('TERMINAL_UNAVAILABLE', text, remedies)
}

/** Why `auto` took none of those it would have liked better, in clauses such as `no desktop: DISPLAY is not set`. */
export function passedOver(wanted: string, candidates: readonly Candidate[], chosen: TerminalBackend): string[] {
  if (wanted !== 'auto') return []
  return candidates.flatMap(({backend, readiness}) =>
    readiness.ready || backend.autoRank <= chosen.autoRank
      ? []
      : [`no ${backend.name}: ${readiness.reason.replace(/\.$/, '')}`],
  )
}
