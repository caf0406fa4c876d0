import {randomUUID} from 'node:crypto'
import {readFile, rm} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost, ProcessIdentity, TerminalRef} from '@codex-planner/plugin-api'

import {command} from './screen-program.ts'
import {requireRef, screenProcess} from './screen-ref.ts'
import {literal} from './words.ts'

/** What the terminal shows now, or shows still; nothing when screen is proven to have ended, or the terminal is gone and nothing stayed. */
export async function read(host: PluginHost, ref: TerminalRef): Promise<string> {
  const known = requireRef(ref)
  if (await isGone(host, screenProcess(known))) return ''
  const file = path.join(known.folder, `shown-${randomUUID()}`)
  try {
    await command(host, known, ['hardcopy', literal(file)])
    return plainText(await readFile(file))
  } catch (error) {
    if (error instanceof Error && (await isGone(host, known, screenProcess(known)))) return ''
    throw error
  } finally {
    await rm(file, {force: true})
  }
}

/** Whether one of them is proven to have ended. */
async function isGone({processes}: PluginHost, ...identities: ProcessIdentity[]): Promise<boolean> {
  return (await processes.statesOf(identities)).includes('gone')
}

/**
 * Of what screen writes. Screen 5 writes UTF-8. Screen 4 writes one byte for each cell, the lower one of its character: that is Latin-1, and
 * 0xff where the second half of a wide character stands.
 */
export function plainText(bytes: Uint8Array): string {
  const text = utf8(bytes) ?? Buffer.from(bytes).toString('latin1').replaceAll('\xff', '')
  return text
    .replaceAll(/(?!\n)\p{Cc}/gu, ' ')
    .replaceAll(/[ \t]+$/gm, '')
    .trimEnd()
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}
