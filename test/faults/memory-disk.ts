import {accessSync, constants} from 'node:fs'

const DISK = '/dev/shm'

/** Puts the temporary folders of a suite into memory, where that is to be had: it makes many small boards, and flushing each is not what it is about. */
export function onMemoryDisk(): void {
  let usual: string | undefined
  before(() => {
    usual = process.env['TMPDIR']
    if (isWritable(DISK)) process.env['TMPDIR'] = DISK
  })
  after(() => {
    if (usual === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = usual
  })
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
