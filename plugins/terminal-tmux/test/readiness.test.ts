import assert from 'node:assert/strict'
import {chmod, chown, mkdir, rm, stat, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {isTooOld} from '../src/readiness.ts'
import {socketPath} from '../src/socket.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {scriptIn, type ThrowAway, throwAwayHost} from './throw-away.ts'

const INSTALL = process.platform === 'darwin' ? 'brew install tmux' : 'sudo apt-get install -y tmux'

describe('the readiness of tmux', () => {
  let throwAway: ThrowAway

  beforeEach(async () => {
    throwAway = await throwAwayHost()
  })

  afterEach(() => throwAway.remove())

  /** A host whose state folder makes the socket's path too long. */
  async function deepHost(): Promise<PluginHost> {
    const stateFolder = path.join(throwAway.folder, 'd'.repeat(100))
    await mkdir(stateFolder, {mode: 0o700})
    return {...throwAway.host, stateFolder, env: {...throwAway.host.env, TMUX_TMPDIR: throwAway.folder}}
  }

  const userFolder = () => path.join(throwAway.folder, `codex-planner-${process.getuid?.()}`)

  async function openOn(host: PluginHost) {
    const script = await scriptIn(throwAway.folder, 'worker-1')
    const ref = await tmuxBackend(host).open({
      id: 'a',
      project: 'kit',
      session: 'worker-1',
      title: '',
      script: script.file,
    })
    await script.started()
    return ref
  }

  it('tells the version and the socket', async () => {
    const readiness = await tmuxBackend(throwAway.host).check()
    assert.ok(readiness.ready)
    assert.match(readiness.detail, /^tmux [\w.-]+, on \/.*\/tmux\.sock$/)
  })

  it('is missing without tmux, with the command that installs it', async () => {
    const host = {...throwAway.host, findProgram: () => undefined}
    assert.deepEqual(await tmuxBackend(host).check(), {ready: false, reason: 'tmux is not installed.', remedy: INSTALL})
    await assert.rejects(openOn(host), /tmux is not installed/)
  })

  it('is missing with a tmux that is too old, and says what for', async () => {
    const old = path.join(throwAway.folder, 'tmux')
    await writeFile(old, '#!/bin/sh\necho tmux 3.1c\n', {mode: 0o755})
    const readiness = await tmuxBackend({...throwAway.host, findProgram: () => old}).check()
    assert.ok(!readiness.ready)
    assert.match(readiness.reason, /^tmux 3\.1c is too old\. It is 3\.2 that can/)
    assert.equal(readiness.remedy, INSTALL)
  })

  for (const [version, old] of [
    ['tmux 2.9a', true],
    ['tmux 3.1c', true],
    ['tmux 3.2', false],
    ['tmux 3.10', false],
    ['tmux 4.0', false],
    ['tmux next-3.1', true],
    ['tmux next-3.6', false],
    ['tmux master', false],
    ['tmux openbsd-7.5', false],
  ] as const) {
    it(`${old ? 'refuses' : 'takes'} ${version}`, () => {
      assert.equal(isTooOld(version), old)
    })
  }

  it('holds for a state folder that is too deep for a socket, which stands elsewhere (F-051)', async () => {
    const host = await deepHost()
    assert.ok((await tmuxBackend(host).check()).ready)
    assert.equal(await stat(userFolder()).catch(({code}) => code), 'ENOENT', 'the check made nothing')
    const ref = await openOn(host)
    const socket = socketPath(host)
    assert.equal(path.dirname(socket), userFolder())
    assert.equal((await stat(userFolder())).mode & 0o777, 0o700)
    assert.equal(ref['socket'], socket)
    assert.deepEqual(await tmuxBackend(throwAway.host).survey([ref]), ['open'])
    assert.equal(await tmuxBackend(throwAway.host).close(ref), 'gone')
  })

  it('gives each state folder a socket of its own (F-051)', async () => {
    const host = await deepHost()
    assert.notEqual(socketPath(host), socketPath({...host, stateFolder: `${host.stateFolder}2`}))
    assert.equal(socketPath(host), socketPath({...host}))
  })

  it('is missing where the folder for it is open to others (A-030, A-031)', async () => {
    const host = await deepHost()
    await mkdir(userFolder())
    await chmod(userFolder(), 0o777)
    await refused(host, `${userFolder()} is open to other users.`)
    await chmod(throwAway.host.stateFolder, 0o750)
    await refused(throwAway.host, `${throwAway.host.stateFolder} is open to other users.`)
  })

  it('is missing where the folder for it is a link or a file (A-030)', async () => {
    const host = await deepHost()
    await symlink(throwAway.host.stateFolder, userFolder())
    await refused(host, `${userFolder()} is not a folder.`)
    await rm(userFolder())
    await writeFile(userFolder(), '')
    await refused(host, `${userFolder()} is not a folder.`)
  })

  it('is missing where the folder for it is another user’s (A-030)', async function () {
    if (process.getuid?.() !== 0) this.skip()
    const host = await deepHost()
    await mkdir(userFolder(), {mode: 0o700})
    await chown(userFolder(), 12_345, 12_345)
    await refused(host, `${userFolder()} belongs to another user.`)
  })

  it('is missing where the other folder is too deep as well', async () => {
    const host = await deepHost()
    await refused({...host, env: {...host.env, TMUX_TMPDIR: host.stateFolder}}, /is too long a path for a socket\.$/)
  })

  async function refused(host: PluginHost, reason: string | RegExp): Promise<void> {
    const readiness = await tmuxBackend(host).check()
    assert.ok(!readiness.ready)
    assert.notEqual(readiness.remedy, '')
    if (typeof reason === 'string') assert.equal(readiness.reason, reason)
    else assert.match(readiness.reason, reason)
    const request = {id: 'a', project: 'kit', session: 'worker-1', title: '', script: '/nowhere.sh'}
    await assert.rejects(tmuxBackend(host).open(request), {message: readiness.reason})
  }
})
