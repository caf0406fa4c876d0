import {connect, type NetConnectOpts, type Socket} from 'node:net'

import {errorCode} from './error-code.ts'

/** Why nobody opened, in words. */
export class NoAnswer extends Error {}

/** Milliseconds. Whoever listens on the same machine answers within a few. */
const PATIENCE = 2000

/** Connects, says something if there is something to say, and resolves with the first that is said back. @throws NoAnswer */
export function ask(where: NetConnectOpts, question: Uint8Array | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(where)
    const end = (settle: () => void) => {
      socket.destroy()
      settle()
    }
    socket.setTimeout(PATIENCE, () => end(() => reject(new NoAnswer('it does not answer'))))
    socket.once('error', error => end(() => reject(new NoAnswer(faultOf(error)))))
    socket.once('close', () => end(() => reject(new NoAnswer('it hangs up'))))
    socket.once('connect', () => {
      if (question) socket.write(question)
      else end(() => resolve(Buffer.alloc(0)))
    })
    socket.once('data', answer => end(() => resolve(Buffer.from(answer))))
  })
}

function faultOf(error: Error): string {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ECONNREFUSED' ? 'nobody listens there' : error.message
}

/** Whether somebody listens there. */
export async function listens(path: string): Promise<boolean> {
  try {
    await ask({path}, undefined)
    return true
  } catch (error) {
    if (error instanceof NoAnswer) return false
    throw error
  }
}
