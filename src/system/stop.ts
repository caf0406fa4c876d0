import {onSignals} from './command.ts'

let asked: NodeJS.Signals | undefined

/** The signal with which this process was asked to stop. */
export function stopAsked(): NodeJS.Signals | undefined {
  return asked
}

/**
 * While `work` goes on, the first signal only asks it to stop where it can, and `tell` says so; the second one ends the process where it is.
 * Work that is done by then is done.
 */
export async function stoppable<Value>(
  tell: (signal: NodeJS.Signals) => void,
  work: () => Promise<Value>,
): Promise<Value> {
  const leave = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], signal => {
    if (asked === undefined) {
      asked = signal
      tell(signal)
      return
    }
    leave()
    process.kill(process.pid, signal)
  })
  try {
    return await work()
  } finally {
    leave()
    asked = undefined
  }
}
