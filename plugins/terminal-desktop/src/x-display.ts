import {readFile} from 'node:fs/promises'
import type {NetConnectOpts} from 'node:net'
import {homedir, hostname} from 'node:os'
import path from 'node:path'

import {errorCode} from './error-code.ts'
import {ask, NoAnswer} from './knock.ts'
import {oneLine} from './title.ts'
import {type Cookie, cookieOf} from './x-authority.ts'

export interface XDisplay {
  /** Empty: this machine, through a socket in the file system. */
  host: string
  number: number
}

/** `:0`, `:1.0`, `localhost:10.0`, `unix:0`. Undefined for anything else. */
export function parseDisplay(text: string): XDisplay | undefined {
  const [, host, number] = /^([A-Za-z0-9.-]*):(\d{1,5})(?:\.\d{1,3})?$/.exec(text) ?? []
  if (host === undefined || number === undefined) return undefined
  return {host: host === 'unix' ? '' : host, number: Number(number)}
}

/** Shakes hands with the server as a program would before its first window. Undefined when it would be let in; else why not. */
export async function displayFault(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const name = env['DISPLAY'] ?? ''
  const display = parseDisplay(name)
  if (!display) return `DISPLAY is ${JSON.stringify(name)}, which names no display.`
  const question = greeting(await cookieFor(display, env))
  let complaint = ''
  for (const where of places(display)) {
    try {
      const answer = await ask(where, question, isWhole)
      return answer[0] === 1 ? undefined : `The display ${name} lets nobody in: ${refusal(answer)}.`
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      complaint = error.message
    }
  }
  return `The display ${name} cannot be opened (${complaint}).`
}

function places({host, number}: XDisplay): NetConnectOpts[] {
  if (host !== '') return [{host, port: 6000 + number}]
  const socket = `/tmp/.X11-unix/X${number}`
  return [{path: socket}, {path: `\0${socket}`}]
}

async function cookieFor({number}: XDisplay, env: NodeJS.ProcessEnv): Promise<Cookie | undefined> {
  const file = env['XAUTHORITY'] || path.join(env['HOME'] ?? homedir(), '.Xauthority')
  try {
    return cookieOf(await readFile(file), number, hostname())
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}

/** The first message of version 11 of the protocol, in little-endian numbers. */
function greeting(cookie: Cookie = {name: '', data: Buffer.alloc(0)}): Buffer {
  const name = Buffer.from(cookie.name)
  const head = Buffer.alloc(12)
  head.write('l')
  head.writeUInt16LE(11, 2)
  head.writeUInt16LE(name.length, 6)
  head.writeUInt16LE(cookie.data.length, 8)
  return Buffer.concat([head, padded(name), padded(cookie.data)])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

/** A refusal, 0, comes with words: their length stands in the second byte, the text after eight. */
function isWhole(answer: Buffer): boolean {
  return answer.length > 0 && (answer[0] !== 0 || answer.length >= 8 + (answer[1] ?? 0))
}

function refusal(answer: Buffer): string {
  const words = answer.subarray(8, 8 + (answer[1] ?? 0)).toString('latin1')
  return oneLine(words).replace(/\.$/, '') || 'it asks for an authorization that is not known here'
}
