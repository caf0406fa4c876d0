import {connect, type NetConnectOpts} from 'node:net'

import {errorCode} from './error-code.ts'

/** Why nobody opened, in words. */
export class NoAnswer extends Error {}

/** Milliseconds. Whoever listens on the same machine answers within a few. */
const PATIENCE = 2000

/**
 * Connects, asks, and resolves with what is said back as soon as it is enough. @throws NoAnswer
 * @param isEnough of what has arrived so far; nothing may be enough
 */
export function ask(
  where: NetConnectOpts,
  question: Uint8Array | undefined,
  isEnough: (answer: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(where)
    let answer = Buffer.alloc(0)
    const end = (settle: () => void) => {
      socket.destroy()
      settle()
    }
    const look = () => isEnough(answer) && end(() => resolve(answer))
    socket.setTimeout(PATIENCE, () => end(() => reject(new NoAnswer('it does not answer'))))
    socket.once('error', error => end(() => reject(new NoAnswer(faultOf(error)))))
    socket.once('close', () => end(() => reject(new NoAnswer('it hangs up'))))
    socket.on('data', part => {
      answer = Buffer.concat([answer, Buffer.from(part)])
      look()
    })
    socket.once('connect', () => {
      if (question) socket.write(question)
      look()
    })
  })
}

function faultOf(error: Error): string {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ECONNREFUSED' ? 'nobody listens there' : error.message
}

/** Whether somebody listens there. */
export async function listens(path: string): Promise<boolean> {
  try {
    await ask({path}, undefined, () => true)
    return true
  } catch (error) {
    if (error instanceof NoAnswer) return false
    throw error
  }
}
