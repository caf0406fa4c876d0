export interface Finding {
  status: 'ok' | 'warning' | 'failed'
  /** What was looked at, and what was found. */
  detail: string
  /** One command to paste; null when, and only when, there is nothing to do. */
  remedy: string | null
}

export const ok = (detail: string): Finding => ({status: 'ok', detail, remedy: null})
export const warning = (detail: string, remedy: string): Finding => ({status: 'warning', detail, remedy})
export const failed = (detail: string, remedy: string): Finding => ({status: 'failed', detail, remedy})
