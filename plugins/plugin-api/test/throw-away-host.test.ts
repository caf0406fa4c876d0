import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {readFile, stat} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {SettingsSchema} from '@codex-planner/plugin-api'

import {throwAwayHost} from '../src/testing/throw-away-host.ts'

const SETTINGS: SettingsSchema<{key: string}> = {
  key: {default: 'a', accepted: 'a text', read: value => (typeof value === 'string' ? value : undefined)},
}

describe('the host of a plugin’s own tests', () => {
  it('has a folder that is private and gone afterwards', async () => {
    const {host, cleanUp} = await throwAwayHost()
    assert.equal((await stat(host.stateFolder)).mode & 0o777, 0o700)
    await cleanUp()
    assert.equal(existsSync(host.stateFolder), false)
  })

  it('finds programs on PATH, and none where there is none', async () => {
    const {host, cleanUp} = await throwAwayHost({env: {PATH: '/nowhere:/bin:.'}})
    assert.equal(host.findProgram('sh'), '/bin/sh')
    assert.equal(host.findProgram('no-such-program'), undefined)
    await cleanUp()
  })

  it('runs a program without a shell, and any exit code is an answer', async () => {
    const {host, cleanUp} = await throwAwayHost()
    const args = ['-c', 'cat; printf %s "$1" >&2; exit 3', 'sh', '$(true) "']
    assert.deepEqual(await host.run('/bin/sh', args, {input: 'in'}), {
      exitCode: 3,
      stdout: 'in',
      stderr: '$(true) "',
    })
    await assert.rejects(host.run('/no/such/program', []), {code: 'ENOENT'})
    await assert.rejects(host.run('/bin/sleep', ['100'], {timeout: 50}), /did not end within 50 ms/)
    await cleanUp()
  })

  it('ends what it started, also what moved to a session of its own and heeds no signal but the last', async () => {
    const {host, cleanUp} = await throwAwayHost()
    const log = path.join(host.stateFolder, 'log')
    const script = `setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done' & wait`
    const pid = await host.start('/bin/sh', ['-c', script], {env: {PATH: '/bin:/usr/bin'}, log})
    const leader = await host.processes.identify(pid)
    assert.ok(leader)
    let said = ''
    for (let look = 0; look < 500 && !said.endsWith('\n'); look++) {
      await setTimeout(20)
      said = await readFile(log, 'utf8')
    }
    const escaped = await host.processes.identify(Number(said))
    assert.ok(escaped)
    await cleanUp()
    assert.deepEqual(await host.processes.statesOf([leader, escaped]), ['gone', 'gone'])
  })

  it('reads settings by the rules of the plugin', async () => {
    const {host, cleanUp} = await throwAwayHost()
    assert.deepEqual(host.readSettings(SETTINGS), {key: 'a'})
    await cleanUp()
    for (const [settings, told] of [
      [{key: 7}, /^Error: key is 7; accepted is a text\.$/],
      [{other: 'b'}, /^Error: There is no setting other\.$/],
    ] as const) {
      const wrong = await throwAwayHost({settings})
      assert.throws(() => wrong.host.readSettings(SETTINGS), told)
      await wrong.cleanUp()
    }
  })
})
