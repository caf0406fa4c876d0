/** What can go wrong, and the exit code it ends with: 1 the operator can fix it, 2 the command line is wrong, 3 not now, 130 stopped. */
const EXIT_CODES = {
  INVALID_ARGUMENT: 2,
  CURSOR_INVALID: 2,
  ROLE_FORBIDDEN: 1,
  NOT_OWNER: 1,
  NOT_A_REPOSITORY: 1,
  BARE_REPOSITORY: 1,
  NO_COMMIT: 1,
  NOT_INITIALIZED: 1,
  REPO_NOT_ALLOWED: 1,
  STATE_TRACKED: 1,
  TASK_NOT_FOUND: 1,
  SESSION_NOT_FOUND: 1,
  INVALID_TRANSITION: 1,
  DEPENDENCY_NOT_READY: 1,
  NOTHING_HANDED_BACK: 1,
  CORRUPT_BOARD: 1,
  BOARD_FULL: 1,
  SNAPSHOT_NOT_FOUND: 1,
  UNSAFE_FOLDER: 1,
  LEASE_NOT_FOUND: 1,
  LEASE_REGISTRY_DAMAGED: 1,
  LEASE_NOT_TAKEN: 3,
  LEASE_QUEUE_FULL: 3,
  LEASE_REGISTRY_LOCKED: 3,
  INVALID_CONFIG: 1,
  UNSAFE_FILE: 1,
  PROGRAM_MISSING: 1,
  TERMINAL_UNAVAILABLE: 1,
  START_FAILED: 1,
  GIT_FAILED: 1,
  CODEX_FAILED: 1,
  PLUGIN_FAILED: 1,
  TIMEOUT: 3,
  BOARD_LOCKED: 3,
  WORKER_DEFERRED: 3,
  SESSION_UNKNOWN: 3,
  SESSION_BUSY: 3,
  INTERRUPTED: 130,
  INTERNAL: 1,
} as const

export type ErrorCode = keyof typeof EXIT_CODES

/** A failure the operator can act on: one sentence and commands to paste. Anything else that is thrown is a bug. */
export class PlannerError extends Error {
  readonly code: ErrorCode
  readonly suggestions: string[]
  /** Read by oclif. */
  readonly oclif: {exit: number}

  constructor(code: ErrorCode, message: string, suggestions: string[] = [], options: {cause?: unknown} = {}) {
    super(message, options)
    this.name = 'Error'
    this.code = code
    this.suggestions = suggestions
    this.oclif = {exit: EXIT_CODES[code]}
  }

  /** Whether the same call can succeed later without a change by the caller. */
  get retryable(): boolean {
    return this.oclif.exit === 3
  }
}
