import {readdir, readFile} from 'node:fs/promises'

/** The pids of the screens whose sockets are in a folder; also those whose socket was removed, for a screen keeps its environment. */
export async function runningScreens(sockets: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async pid => {
      const [name, environment] = await Promise.all([text(`/proc/${pid}/comm`), text(`/proc/${pid}/environ`)])
      return name.trim() === 'screen' && environment.split('\0').includes(`SCREENDIR=${sockets}`) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

/** Empty for a process that has ended meanwhile, or that is somebody else's. */
async function text(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code)))
      return ''
    throw error
  })
}
