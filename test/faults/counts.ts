// How much each suite of faults does: little with `npm test`, all of it with `npm run test:faults`.

const asked = process.env['CODEX_PLANNER_FAULTS'] ?? 'quick'

/** Of the full form: 1 for all of it, 0.1 for a tenth; undefined for the quick form. */
const share = asked === 'quick' ? undefined : asked === 'full' ? 1 : Number(asked)
if (share !== undefined && !(share > 0 && share <= 1)) {
  throw new Error(`CODEX_PLANNER_FAULTS is ${asked}; it can be quick, full, or a part of full between 0 and 1.`)
}

export const isQuick = share === undefined

function count(quick: number, full: number): number {
  return share === undefined ? quick : Math.ceil(full * share)
}

export const counts = {
  /** Writers that are killed, one after the other. */
  kills: count(60, 1000),
  /** Commands given beside a worktree in a random state. */
  worktrees: count(100, 2000),
  /** File operations that fail, for each command and kind of failure; no command has as many as the full form. */
  fileFaults: count(2, 300),
  /** Things done to the terminal server behind the program's back. */
  terminalRounds: count(10, 200),
  /** Workers of a team whose machine loses its power, beside its planner. */
  rebootedWorkers: count(2, 19),
  /** Courses of events in which what is kept is compared with a model. */
  models: count(300, 10_000),
  /** The same for sessions, whose processes are real. */
  sessionModels: count(300, 10_000),
  /** Rows of changes and of saves by editors. */
  saves: count(60, 5000),
  /** Workers that are started at once. */
  starts: count(6, 20),
  /** Tasks that are handed back while the planner is ended and started. */
  changes: count(20, 200),
  /** Storms of each kind. */
  storms: count(3, 50),
  /** Times that commands of several repositories contend for leases while some that hold are killed. */
  contentions: count(1, 20),
}

/** Only ends what would never end. */
export function patience(things: number, secondsEach: number): number {
  return (120 + things * secondsEach) * 1000
}
