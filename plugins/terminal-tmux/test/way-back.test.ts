import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {PluginHost, WayBack} from '@codex-planner/plugin-api'

import {pasteable} from '../src/quoting.ts'
import {socketPath} from '../src/socket.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {endServer, type Script, scriptIn, type ThrowAway, throwAwayHost, until, viewer} from './throw-away.ts'

describe('the way back to a terminal of tmux', () => {
  let throwAway: ThrowAway

  beforeEach(async () => {
    throwAway = await throwAwayHost(`it's #(x) $HOME;`)
  })

  afterEach(() => throwAway.remove())

  const inside = (tmux: string): PluginHost => ({...throwAway.host, env: {...throwAway.host.env, TMUX: tmux}})

  async function open(
    session: string,
    body: string,
  ): Promise<{script: Script; wayFrom: (host: PluginHost) => WayBack}> {
    const script = await scriptIn(throwAway.folder, session, `echo "this is ${session}"\n${body}\nexec cat`)
    const request = {id: session, project: 'kit', session, title: session, script: script.file}
    const ref = await tmuxBackend(throwAway.host).open(request)
    return {script, wayFrom: host => tmuxBackend(host).wayBack(ref)}
  }

  function commandOf(way: WayBack): string[] {
    assert.ok('command' in way, JSON.stringify(way))
    return way.command
  }

  it('is a command that attaches, to this session and none whose name begins the same (F-036)', async () => {
    await open('worker-10', '')
    const {wayFrom} = await open('worker-1', '')
    const command = commandOf(wayFrom(throwAway.host))
    assert.deepEqual(command.slice(-3), ['attach-session', '-t', '=cp-kit-worker-1:'])
    assert.equal(command[command.indexOf('-S') + 1], socketPath(throwAway.host))
    const person = await viewer(throwAway, pasteable(['env', '-u', 'TMUX', ...command]))
    await until('the session shows', async () => (await person.shows()).includes('this is worker-1\n'))
  })

  it('is a line to paste inside another tmux, and works there', async () => {
    const {wayFrom} = await open('worker-1', '')
    const way = wayFrom(inside('/tmp/tmux-1000/default,12,3'))
    assert.ok('hint' in way)
    const line = way.hint.slice(way.hint.indexOf('env -u TMUX'))
    const person = await viewer(throwAway, line)
    await until('the session shows', async () => (await person.shows()).includes('this is worker-1\n'))
  })

  it('switches inside our own tmux (F-054)', async () => {
    const here = await open('worker-1', 'while [ ! -e go ]; do sleep 0.1; done; sh ./go')
    const there = await open('worker-2', '')
    const person = await viewer(throwAway, pasteable(['env', '-u', 'TMUX', ...commandOf(here.wayFrom(throwAway.host))]))
    await until('the first session shows', async () => (await person.shows()).includes('this is worker-1'))
    const command = commandOf(there.wayFrom(inside(`${socketPath(throwAway.host)},4242,0`)))
    assert.equal(command.at(-3), 'switch-client')
    await writeFile(path.join(here.script.folder, 'new'), `${pasteable(command)}\n`)
    await throwAway.host.run('/bin/mv', [path.join(here.script.folder, 'new'), path.join(here.script.folder, 'go')])
    await until('the second session shows', async () => (await person.shows()).includes('this is worker-2'))
  })

  it('leads to no other server when this one has ended', async () => {
    const {wayFrom} = await open('worker-1', '')
    await endServer(throwAway.host)
    const person = await viewer(
      throwAway,
      `${pasteable(['env', '-u', 'TMUX', ...commandOf(wayFrom(throwAway.host))])}; echo "ended with $?"; exec cat`,
    )
    await until('the command has ended', async () => /ended with [1-9]/.test(await person.shows()))
  })
})
