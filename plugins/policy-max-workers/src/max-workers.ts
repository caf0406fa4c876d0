import type {SettingsSchema, WorkerPolicy} from '@codex-planner/plugin-api'

export interface Settings {
  /** Null: as many as the machine has processors. */
  max_workers: number | null
}

const MOST = 1000

export const SETTINGS: SettingsSchema<Settings> = {
  max_workers: {
    default: null,
    accepted: `a whole number from 1 to ${MOST}`,
    read: value =>
      typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST ? value : undefined,
  },
}

/** Nobody knows when a worker will be done. */
const AGAIN_SECONDS = 60

/** Has a worker wait while as many as the person wants are at work. */
export function maxWorkers({max_workers}: Settings): WorkerPolicy {
  return {
    name: 'max-workers',
    api: 1,
    admit({kind, active}, {cpuCount}) {
      const most = max_workers ?? cpuCount
      if (kind !== 'worker' || active.length < most) return {allowed: true}
      const reason = `${count(active.length)} at work; the most is ${most}.`
      return {allowed: false, reason, retryAfterSeconds: AGAIN_SECONDS}
    },
  }
}

function count(workers: number): string {
  return workers === 1 ? 'One worker is' : `${workers} workers are`
}
