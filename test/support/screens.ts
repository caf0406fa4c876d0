import {readdir, readFile} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'

/** The pids of the screens that have to do with a folder; also those whose sockets were removed. */
export async function runningScreens(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      if ((await text(`/proc/${pid}/comm`)).trim() !== 'screen') return []
      const words = await Promise.all([text(`/proc/${pid}/cmdline`), text(`/proc/${pid}/environ`)])
      return words.join('\0').includes(folder) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

/** By their pids, and waits. */
export async function endScreens(folder: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  for (const pid of await runningScreens(folder)) send(signal, pid)
  const deadline = performance.now() + 20_000
  while ((await runningScreens(folder)).length > 0) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for the screens of ${folder} to end.`)
    await delay(20)
  }
}

function send(signal: 'SIGTERM' | 'SIGKILL', pid: number): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Empty for a process that has ended meanwhile, or that is somebody else's. */
async function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code)))
      return ''
    throw error
  })
}
