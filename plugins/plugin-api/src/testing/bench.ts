import {randomUUID} from 'node:crypto'
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {homedir, tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {OpenTerminal, TerminalBackend, TerminalRef} from '../terminal-backend.ts'

export interface BackendUnderTest {
  backend: TerminalBackend
  cleanUp: () => Promise<void>
  /**
   * Takes away what the backend asks with, such as a socket or a display, while its terminals go on; `cleanUp` still ends them. Absent where
   * nothing can come between.
   */
  cutOff?: () => Promise<void>
}

export interface Script {
  path: string
  /** What the script wrote to a file beside it; waits until it is there. */
  wrote(file: string): Promise<string>
  /** Puts an empty file beside it. */
  put(file: string): Promise<void>
}

/** A backend with what its tests need around it. */
export interface Bench {
  backend: TerminalBackend
  canBeCutOff: boolean
  folder: string
  /** The same kind of backend in a life of its own. */
  another(): Promise<BackendUnderTest>
  /** A script in a folder of its own, where it runs. */
  script(body: string, folder?: string): Promise<Script>
  request(script: Script, wishes?: Partial<OpenTerminal>): OpenTerminal
  /** Opens a terminal that is closed after the test. */
  open(script: Script, wishes?: Partial<OpenTerminal>): Promise<TerminalRef>
  until: (what: string, holds: () => Promise<boolean>) => Promise<void>
  closeTerminals(): Promise<void>
  remove(): Promise<void>
}

/** Runs until it is ended from outside, and says so first. */
export const LASTING = 'echo $$ >started.new; mv started.new started; while :; do sleep 1; done'

/** @param patience milliseconds until what should happen is taken not to */
export async function newBench(make: () => Promise<BackendUnderTest>, patience = 20_000): Promise<Bench> {
  const {backend, cleanUp, cutOff} = await make()
  const folder = await mkdtemp(path.join(tmpdir(), 'terminal-backend-'))
  let opened: TerminalRef[] = []
  let count = 0

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patience
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`Waited in vain: ${what}.`)
      await setTimeout(20)
    }
  }

  async function script(body: string, name = `script-${++count}`): Promise<Script> {
    const home = path.join(folder, name)
    await mkdir(home, {recursive: true})
    const file = path.join(home, 'run.sh')
    await writeFile(file, `cd "\${0%/*}" || exit 1\n${body}\n`)
    return {
      path: file,
      async wrote(name) {
        let text: string | undefined
        await until(`the script wrote ${name}`, async () => {
          text = await contentOf(path.join(home, name))
          return text !== undefined
        })
        return text ?? ''
      },
      put: name => writeFile(path.join(home, name), ''),
    }
  }

  function request(script: Script, wishes: Partial<OpenTerminal> = {}): OpenTerminal {
    const id = randomUUID()
    return {
      id,
      project: 'kit',
      session: `session-${id.slice(0, 8)}`,
      title: 'A session',
      script: script.path,
      ...wishes,
    }
  }

  async function open(script: Script, wishes?: Partial<OpenTerminal>): Promise<TerminalRef> {
    const ref = await backend.open(request(script, wishes))
    opened.push(ref)
    return ref
  }

  async function closeTerminals(): Promise<void> {
    const refs = opened
    opened = []
    for (const ref of refs) await backend.close(ref)
  }

  async function remove(): Promise<void> {
    await cleanUp()
    await rm(folder, {recursive: true, force: true})
  }

  const canBeCutOff = cutOff !== undefined
  return {backend, canBeCutOff, folder, another: make, script, request, open, until, closeTerminals, remove}
}

/** What the system calls an error, such as `ENOENT`. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** Undefined while there is no such file. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}

/** A file in the home folder that exists only if text was run as a command. */
export function canary(): {file: string; wasMade: () => Promise<boolean>} {
  const file = `canary-${randomUUID()}`
  const whole = path.join(homedir(), file)
  return {
    file,
    async wasMade() {
      const made = (await contentOf(whole)) !== undefined
      await rm(whole, {force: true})
      return made
    },
  }
}
