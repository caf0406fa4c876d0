import assert from 'node:assert/strict'
import {mkdir, readdir, rename, symlink, utimes, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {describeTerminalBackend, type ThrowAwayHost, throwAwayHost} from '@codex-planner/plugin-api/testing'

import {terminalBackend} from '../src/backend.ts'
import {INSTALL, PROGRAM} from '../src/program.ts'

describeTerminalBackend(PROGRAM, async () => {
  const {host, cleanUp} = await throwAwayHost()
  return {
    backend: terminalBackend(host),
    cleanUp,
    // Takes the sockets away, while the terminals go on.
    cutOff: () => rename(host.stateFolder, `${host.stateFolder}-away`),
  }
})

describe('a terminal that is closed', () => {
  let throwAway: ThrowAwayHost
  beforeEach(async () => {
    throwAway = await throwAwayHost()
  })
  afterEach(() => throwAway.cleanUp())

  it('leaves nothing in the state folder, takes with it what ended long ago, and nothing else', async () => {
    const {host} = throwAway
    const backend = terminalBackend(host)
    const inside = (...names: string[]) => path.join(host.stateFolder, ...names)
    const outside = path.join(host.stateFolder, '..', 'outside')
    await mkdir(outside)
    const [lasts, ends] = [path.join(outside, 'lasts.sh'), path.join(outside, 'ends.sh')]
    await writeFile(lasts, 'sleep 1000')
    await writeFile(ends, 'exit 0')
    const open = (id: string, script: string) =>
      backend.open({id, project: 'kit', session: `worker-${id}`, title: '', script})
    const closed = await open('closed', lasts)
    await open('open', lasts)
    const ended = [await open('ended', ends), await open('ended-long-ago', ends)]
    while ((await backend.survey(ended)).some(state => state !== 'gone')) await setTimeout(20)
    await utimes(inside('ended-long-ago', 'window'), 0, 0)
    await mkdir(inside('not-a-record'))
    await writeFile(inside('not-a-record', 'window'), 'refused')
    await writeFile(inside('a-file'), '')
    await symlink(outside, inside('a-link'))
    await writeFile(path.join(outside, 'window'), '2\n2\nno-boot\nno-namespace\nx\n')
    await utimes(path.join(outside, 'window'), 0, 0)
    assert.equal(await backend.close({...closed, socket: path.join(outside, 'x')}), 'gone')
    assert.deepEqual((await readdir(host.stateFolder)).toSorted(), [
      'a-file',
      'a-link',
      'ended',
      'not-a-record',
      'open',
    ])
    assert.deepEqual((await readdir(outside)).toSorted(), ['ends.sh', 'lasts.sh', 'window'])
  })
})

describe('a machine without the program', () => {
  it('is told of it, and of the command that helps', async () => {
    const {host, cleanUp} = await throwAwayHost({env: {PATH: '/nowhere'}})
    const reason = `${PROGRAM} is not installed.`
    assert.deepEqual(await terminalBackend(host).check(), {ready: false, reason, remedy: INSTALL})
    await cleanUp()
  })
})

describe('a start that comes to nothing', () => {
  it('is told of with what the program said, and leaves nothing', async () => {
    const {host, cleanUp} = await throwAwayHost()
    const run = async () => ({exitCode: 1, stdout: '', stderr: 'no more terminals\n'})
    const request = {id: 'start-1', project: 'kit', session: 'worker-1', title: '', script: '/bin/true'}
    const open = () => terminalBackend({...host, run}).open(request)
    const message = `No terminal for worker-1: window.sh did not begin. ${PROGRAM} ended with 1, and said: no more terminals`
    await Promise.all([assert.rejects(open(), {message}), assert.rejects(open(), {message})])
    assert.deepEqual(await readdir(host.stateFolder), [])
    await cleanUp()
  })
})
