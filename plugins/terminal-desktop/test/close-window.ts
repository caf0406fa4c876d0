import {readFile} from 'node:fs/promises'
import {connect, type Socket} from 'node:net'

import {cookieOf} from '../src/x-authority.ts'
import {parseDisplay} from '../src/x-display.ts'

/** Asks a window to close, as a window manager does when its close button is clicked. */
export async function clickClose(env: NodeJS.ProcessEnv, window: number): Promise<void> {
  const display = parseDisplay(env['DISPLAY'] ?? '')
  const cookie = cookieOf(await readFile(env['XAUTHORITY'] ?? ''), display?.number ?? 0, '')
  if (!display || !cookie) throw new Error('There is no display to click on.')
  const socket = connect({path: `\0/tmp/.X11-unix/X${display.number}`})
  try {
    const read = reader(socket)
    socket.write(
      Buffer.concat([
        Buffer.from('6c000b0000001200100000004d49542d4d414749432d434f4f4b49452d310000', 'hex'),
        cookie.data,
      ]),
    )
    const head = await read(8)
    if (head[0] !== 1) throw new Error('The display lets nobody in.')
    await read(head.readUInt16LE(6) * 4)
    const [protocols, deletion] = [
      await atom(socket, read, 'WM_PROTOCOLS'),
      await atom(socket, read, 'WM_DELETE_WINDOW'),
    ]
    const message = Buffer.alloc(44)
    message.writeUInt8(25, 0)
    message.writeUInt16LE(11, 2)
    message.writeUInt32LE(window, 4)
    message.writeUInt8(33, 12)
    message.writeUInt8(32, 13)
    message.writeUInt32LE(window, 16)
    message.writeUInt32LE(protocols, 20)
    message.writeUInt32LE(deletion, 24)
    socket.write(message)
    // What is answered after it was sent after it was handled.
    await atom(socket, read, 'WM_PROTOCOLS')
  } finally {
    socket.destroy()
  }
}

type Read = (bytes: number) => Promise<Buffer>

function reader(socket: Socket): Read {
  let arrived = Buffer.alloc(0)
  let wake = () => undefined as void
  socket.on('data', part => {
    arrived = Buffer.concat([arrived, Buffer.from(part)])
    wake()
  })
  return bytes =>
    new Promise((resolve, reject) => {
      socket.once('error', reject)
      wake = () => {
        if (arrived.length < bytes) return
        wake = () => undefined
        const taken = arrived.subarray(0, bytes)
        arrived = arrived.subarray(bytes)
        resolve(taken)
      }
      wake()
    })
}

async function atom(socket: Socket, read: Read, name: string): Promise<number> {
  const padded = Math.ceil(name.length / 4) * 4
  const request = Buffer.alloc(8 + padded)
  request.writeUInt8(16, 0)
  request.writeUInt16LE(request.length / 4, 2)
  request.writeUInt16LE(name.length, 4)
  request.write(name, 8)
  socket.write(request)
  return (await read(32)).readUInt32LE(8)
}
