import {spawn} from 'node:child_process'
import {once} from 'node:events'

export interface Place {
  cwd?: string
  env?: NodeJS.ProcessEnv
}

/** Milliseconds by the clock on the wall until a program has ended and all that it printed is here. @throws Error if it does not succeed */
export async function startToEnd([file = '', ...args]: readonly string[], place: Place = {}): Promise<number> {
  const begun = performance.now()
  const child = spawn(file, args, {...place, stdio: ['ignore', 'pipe', 'pipe']})
  let told = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', text => (told += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const time = performance.now() - begun
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}: ${told}`)
  return time
}
