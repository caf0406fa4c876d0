import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {createInterface} from 'node:readline'

import {jsonIn} from '../domain/json.ts'
import {endTree} from './process-group.ts'

/** A hook as Codex sees it. */
export interface SeenHook {
  key: string
  enabled: boolean
  /** `trusted`, or why it does not run: `untrusted`, `modified`. */
  trust: string
}

/** How Codex writes a hash. */
export function trustHash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

const ANSWER_MS = 10_000
/** From the end of its input until it is ended. */
const GRACE_MS = 2000

/**
 * The hooks that a Codex with these settings would have in a folder, asked of its own server, which is ended again. Undefined when it does not
 * tell, for example because it is another version.
 */
export async function askForHooks(
  program: string,
  settings: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<SeenHook[] | undefined> {
  const server = spawn(program, ['app-server', ...settings], {cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore']})
  const ended = new Promise(resolve => {
    server.once('close', resolve)
    // Whatever cannot be started tells nothing, either.
    server.once('error', resolve)
  })
  const stop = async () => {
    if (server.pid !== undefined) await endTree(server.pid, {group: false}, GRACE_MS)
    server.stdout.destroy()
  }
  const late = setTimeout(() => void stop(), ANSWER_MS)
  // It may end before it has read what it is asked.
  server.stdin.on('error', () => undefined)
  const ask = (message: object) => server.stdin.write(`${JSON.stringify(message)}\n`)
  try {
    ask({id: 0, method: 'initialize', params: {clientInfo: {name: 'codex-planner', version: '0'}}})
    for await (const line of createInterface({input: server.stdout})) {
      const answer = jsonIn(line) as {id?: unknown; result?: unknown} | undefined
      if (answer?.id === 0) {
        ask({method: 'initialized'})
        ask({id: 1, method: 'hooks/list', params: {cwds: [folder]}})
      }
      // Until then its input stays open: at the end of that it answers nothing more.
      if (answer?.id === 1) return seenHooks(answer.result)
    }
    return undefined
  } finally {
    clearTimeout(late)
    server.stdin.end()
    server.stdout.resume()
    const slow = setTimeout(() => void stop(), GRACE_MS)
    await ended
    clearTimeout(slow)
  }
}

function seenHooks(result: unknown): SeenHook[] | undefined {
  const {data} = (result ?? {}) as {data?: {hooks?: unknown}[]}
  const hooks = Array.isArray(data) ? data[0]?.hooks : undefined
  if (!Array.isArray(hooks)) return undefined
  return hooks.map((hook: {key?: unknown; enabled?: unknown; trustStatus?: unknown}) => ({
    key: String(hook.key),
    enabled: hook.enabled === true,
    trust: String(hook.trustStatus),
  }))
}
