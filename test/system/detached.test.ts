import {lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {startDetached} from '../../src/system/detached.ts'
import {processGroup} from '../support/process-group.ts'
import {eventually} from '../support/world.ts'

describe('a program that outlives its caller', () => {
  let folder: string
  const file = (name: string) => path.join(folder, name)
  const sh = (line: string, log?: string) => startDetached(['/bin/sh', '-c', line], {PATH: '/usr/bin:/bin'}, '/', log)

  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'cpm-'))))
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  it('leads a group of its own, and is told by its number', async () => {
    const pid = await sh('sleep 60')
    expect(processGroup(pid)).to.equal(pid)
    process.kill(pid)
  })

  it('prints into its log, which is the user’s alone and begins anew', async () => {
    writeFileSync(file('log'), 'an earlier and longer log\n', {mode: 0o600})
    await sh('echo out; echo complaint >&2', file('log'))
    await eventually('both lines', async () => readFileSync(file('log'), 'utf8') === 'out\ncomplaint\n')
    await sh('echo new', file('new'))
    expect(lstatSync(file('new')).mode & 0o777).to.equal(0o600)
  })

  it('prints into no file that a link leads to', async () => {
    writeFileSync(file('precious'), 'precious\n')
    symlinkSync(file('precious'), file('log'))
    const failed = await sh('echo out', file('log')).catch((error: NodeJS.ErrnoException) => error.code)
    expect(failed).to.equal('ELOOP')
    expect(readFileSync(file('precious'), 'utf8')).to.equal('precious\n')
  })

  it('is reported when it cannot be started', async () => {
    const failed = await startDetached(['/no/such/program'], {}, '/').catch(
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect(failed).to.equal('ENOENT')
  })
})
