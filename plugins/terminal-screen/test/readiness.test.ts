import assert from 'node:assert/strict'
import {chmod, mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {screenBackend} from '../src/screen-backend.ts'
import {socketFolder} from '../src/sockets.ts'
import {scriptIn, type ThrowAway, throwAwayHost} from './throw-away.ts'

describe('the readiness of screen', () => {
  let throwAway: ThrowAway

  beforeEach(async () => {
    throwAway = await throwAwayHost()
  })
  afterEach(() => throwAway.remove())

  const ready = (host: Partial<PluginHost> = {}) => screenBackend({...throwAway.host, ...host}).check()

  it('tells the version and where the sockets are, and makes nothing', async () => {
    const {stateFolder} = throwAway.host
    await rm(stateFolder, {recursive: true})
    const readiness = await ready()
    assert.ok(readiness.ready)
    assert.match(readiness.detail, /^screen \d+\.\d+\S*, sockets in \S+\/s once one is open$/)
    await assert.rejects(chmod(stateFolder, 0o700), {code: 'ENOENT'})
  })

  it('is missed where screen is not installed', async () => {
    assert.deepEqual(await ready({findProgram: () => undefined}), {
      ready: false,
      reason: 'screen is not installed.',
      remedy: 'sudo apt-get install -y screen',
    })
  })

  it('is missed where the program of that name is another', async () => {
    const file = path.join(throwAway.folder, 'screen')
    await writeFile(file, '#!/bin/sh\necho a projector\n', {mode: 0o755})
    const readiness = await ready({findProgram: () => file})
    assert.equal(!readiness.ready && readiness.reason, `${file} is not GNU screen; it says: a projector`)
  })

  it('is missed when the socket folder is open to others, with the line that closes it', async () => {
    const folder = socketFolder(throwAway.host)
    await mkdir(folder, {mode: 0o755})
    await chmod(folder, 0o755)
    assert.deepEqual(await ready(), {
      ready: false,
      reason: `${folder} is open to other users.`,
      remedy: `chmod 700 ${folder}`,
    })
  })

  for (const command_key of ['c', 'A', 'ab', '', 7]) {
    it(`is refused with ${JSON.stringify(command_key)} for the command key, and nothing is opened`, async () => {
      const settings = {command_key}
      const message = `config.toml line 1: command_key is ${JSON.stringify(command_key)}; accepted is a small letter other than c, d, h, i, j, m and z.`
      const {readSettings} = testPluginHost({stateFolder: throwAway.folder, settings})
      await assert.rejects(ready({readSettings}), {message})
      const {file: script} = await scriptIn(throwAway.folder, 'one')
      const request = {id: 'a', project: 'kit', session: 'worker-1', title: '', script}
      await assert.rejects(screenBackend({...throwAway.host, readSettings}).open(request), {message})
    })
  }

  it('is found with each letter that may be the command key', async () => {
    for (const command_key of 'abefgklnopqrstuvwxy') {
      const {readSettings} = testPluginHost({stateFolder: throwAway.folder, settings: {command_key}})
      assert.equal((await ready({readSettings})).ready, true, command_key)
    }
  })

  it('puts sockets into a short folder when the path would be cut off', async () => {
    const stateFolder = path.join(throwAway.folder, 'd'.repeat(100))
    await mkdir(stateFolder, {mode: 0o700})
    const host = {...throwAway.host, stateFolder}
    const backend = screenBackend(host)
    const script = await scriptIn(throwAway.folder, 'worker-1')
    const session = `worker-${'1'.repeat(50)}`
    const ref = await backend.open({id: 'a', project: 'p'.repeat(32), session, title: '', script: script.file})
    assert.match(String(ref['sockets']), /^\/tmp\/codex-planner-\d+\/screen-[0-9a-f]{16}$/)
    await script.started()
    assert.deepEqual(await backend.survey([ref]), ['open'])
    assert.equal(await backend.screen?.(ref), '')
    assert.equal(await backend.close(ref), 'gone')
    await rm(String(ref['sockets']), {recursive: true})
  })

  it('leaves room in every path of a socket for what screen adds', async () => {
    const stateFolder = `${throwAway.host.stateFolder}${'d'.repeat(63 - throwAway.host.stateFolder.length)}`
    await mkdir(stateFolder, {mode: 0o700})
    const backend = screenBackend({...throwAway.host, stateFolder})
    const script = await scriptIn(throwAway.folder, 'worker-1')
    const session = 'w'.repeat(63)
    const ref = await backend.open({id: 'a', project: 'p'.repeat(32), session, title: '', script: script.file})
    assert.equal(ref['sockets'], `${stateFolder}/s`)
    assert.match(socketFolder({...throwAway.host, stateFolder: `${stateFolder}d`}), /^\/tmp\/codex-planner-/)
    // The highest pid has seven digits.
    assert.ok(`/${ref['screen']}-queryA`.replace(/\d+/, '4194304').length + 65 <= 107)
    assert.equal(await backend.screen?.(ref), '')
  })
})
