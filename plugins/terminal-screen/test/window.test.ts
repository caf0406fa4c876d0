import assert from 'node:assert/strict'
import {chmod, readdir, rename, stat} from 'node:fs/promises'
import path from 'node:path'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {endScreens, runningScreens} from '../../../test/support/screens.ts'
import {screenBackend} from '../src/screen-backend.ts'
import {socketFolder} from '../src/sockets.ts'
import {isRunning, LASTING, type Script, scriptIn, send, type ThrowAway, throwAwayHost, until} from './throw-away.ts'

const FAILS = 'echo last words; exit 3'

describe('a window of screen', () => {
  let throwAway: ThrowAway
  let backend: ReturnType<typeof screenBackend>
  let count = 0

  beforeEach(async () => {
    throwAway = await throwAwayHost()
    backend = screenBackend(throwAway.host)
  })
  afterEach(() => throwAway.remove())

  async function open(body?: string, session = 'worker-1'): Promise<{ref: TerminalRef; script: Script}> {
    const name = `start-${++count}`
    const script = await scriptIn(throwAway.folder, name, body)
    return {ref: await backend.open({id: name, project: 'kit', session, title: 'A title', script: script.file}), script}
  }

  const sockets = () => socketFolder(throwAway.host)
  const stateOf = async (ref: TerminalRef) => (await backend.survey([ref]))[0]
  const shows = async (ref: TerminalRef) => (await backend.screen?.(ref)) ?? ''
  const screenOf = (ref: TerminalRef) => Number.parseInt(String(ref['screen']), 10)

  it('runs a script whose path has a line break and what screen would expand', async () => {
    const script = await scriptIn(
      throwAway.folder,
      'a\nb $HOME ^A %n \\n',
      'printf %s "$0" >path.new; mv path.new path',
    )
    await backend.open({id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file})
    assert.equal(await script.wrote('path'), script.file)
  })

  it('runs it in its folder, with the person’s locale and home and nothing else of who opens it, on a terminal that takes UTF-8', async () => {
    throwAway.host.env['SECRET'] = 'x'
    throwAway.host.env['LC_TIME'] = 'C.UTF-8'
    const body = 'pwd; env | cut -d= -f1 | sort | tr "\\n" " "; echo; stty -a | grep -o " iutf8"; tty -s && echo a tty'
    const {script} = await open(`(${body}) >seen.new; mv seen.new seen`)
    const [folder, variables, ...rest] = (await script.wrote('seen')).split('\n')
    assert.equal(folder, script.folder)
    const allowed = 'HOME LANG LC_ALL LC_CTYPE LC_TIME LOGNAME OLDPWD PATH PWD SHELL SHLVL TERM USER _'.split(' ')
    const found = (variables ?? '').trim().split(' ')
    assert.deepEqual(
      found.filter(name => !allowed.includes(name)),
      [],
    )
    assert.ok(['HOME', 'LC_TIME', 'PATH', 'TERM'].every(name => found.includes(name)))
    assert.deepEqual(rest, [' iutf8', 'a tty', ''])
  })

  it('is told by sockets that only the user can open', async () => {
    const {ref} = await open()
    assert.equal((await stat(sockets())).mode & 0o777, 0o700)
    assert.deepEqual(await readdir(sockets()), [ref['screen']])
    assert.match(String(ref['screen']), /^\d+\.cp-worker-1-[0-9a-f]{6}$/)
  })

  it('is one of fifty that are surveyed without a program being run', async () => {
    const {ref} = await open()
    const quiet = screenBackend({...throwAway.host, run: () => assert.fail('a program was run')})
    const ended = {...ref, started: Number(ref['started']) + 1}
    const refs = Array.from({length: 50}, (_, index) => (index % 2 === 0 ? ref : ended))
    assert.deepEqual(
      await quiet.survey(refs),
      refs.map(one => (one === ref ? 'open' : 'gone')),
    )
  })

  it('is unknown where the system does not tell', async () => {
    const {ref} = await open()
    assert.deepEqual(await backend.survey([{...ref, pidns: 'pid:[1]'}, {...ref, screen: 'x; y'}, {}, ref]), [
      'unknown',
      'unknown',
      'unknown',
      'open',
    ])
    assert.equal(await backend.close({...ref, pidns: 'pid:[1]'}), 'unknown')
    assert.equal(await stateOf(ref), 'open')
  })

  it('is gone after the machine was started anew', async () => {
    const {ref} = await open()
    assert.deepEqual(await backend.survey([{...ref, boot: 'an-earlier-one'}, ref]), ['gone', 'open'])
  })

  it('is the only one of a start that many asked for at once', async () => {
    const script = await scriptIn(throwAway.folder, 'one')
    const request = {id: 'one', project: 'kit', session: 'worker-1', title: '', script: script.file}
    const [ref, ...others] = await Promise.all(Array.from({length: 8}, () => backend.open(request)))
    for (const other of others) assert.deepEqual(other, ref)
    // Screen takes ten seconds to see the end of a program that was faster than itself.
    await until('the others have ended', async () => (await runningScreens(throwAway.folder)).length === 1)
    assert.deepEqual(await runningScreens(throwAway.folder), [screenOf(ref ?? {})])
  })

  it('goes on when the socket folder is taken away, and says so where screen is asked', async () => {
    const {ref, script} = await open()
    const pid = await script.started()
    await rename(sockets(), `${sockets()}-away`)
    assert.equal(await stateOf(ref), 'open')
    await assert.rejects(shows(ref), /^Error: screen says: No screen session found\./)
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await isRunning(pid), false)
  })

  it('goes on when the socket folder is open to others, which screen refuses', async () => {
    const {ref} = await open()
    await chmod(sockets(), 0o755)
    assert.equal(await stateOf(ref), 'open')
    await assert.rejects(shows(ref), /must have mode 700/)
    const script = await scriptIn(throwAway.folder, 'second')
    const request = {id: 'second', project: 'kit', session: 'worker-2', title: '', script: script.file}
    await assert.rejects(backend.open(request), /s is open to other users\.$/)
    await chmod(sockets(), 0o700)
  })

  it('is gone with its screen, however that ends, and its socket that stays fools nobody', async () => {
    const {ref, script} = await open()
    const pid = await script.started()
    await endScreens(throwAway.folder, 'SIGKILL')
    await until('the script has ended', async () => !(await isRunning(pid)))
    assert.equal(await stateOf(ref), 'gone')
    assert.equal(await shows(ref), '')
    assert.deepEqual(await readdir(sockets()), [ref['screen']])
    const again = await open()
    await again.script.started()
    assert.deepEqual(await backend.survey([ref, again.ref]), ['gone', 'open'])
    assert.equal(await backend.close(ref), 'gone')
  })

  it('is open as long as its script is, also when its screen was killed', async () => {
    const {ref, script} = await open(`trap '' HUP; ${LASTING}`)
    const pid = await script.started()
    await endScreens(throwAway.folder, 'SIGKILL')
    assert.equal(await stateOf(ref), 'open')
    assert.equal(await shows(ref), '')
    await assert.rejects(backend.type?.(ref, 'hello') ?? assert.fail(), /screen of this session has ended/)
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await isRunning(pid), false)
  })

  it('closes with children that heed neither a hang-up nor a wish to end', async () => {
    const {ref, script} = await open(
      `(trap '' HUP TERM; sh -c 'echo $$ >child'; while :; do sleep 1; done) & echo $! >deaf.new; mv deaf.new deaf; ${LASTING}`,
    )
    const [pid, deaf] = [await script.started(), Number(await script.wrote('deaf'))]
    assert.equal(await backend.close(ref), 'gone')
    assert.deepEqual([await isRunning(pid), await isRunning(deaf)], [false, false])
  })

  it('stays to be read when its program failed, and makes room for the next start of that session alone', async () => {
    const [one, other] = [await open(FAILS, 'worker-1'), await open(FAILS, 'worker-2')]
    for (const {ref} of [one, other]) await until('it is gone', async () => (await stateOf(ref)) === 'gone')
    for (const {ref} of [one, other]) assert.match(await shows(ref), /^last words\n/)
    const next = await open(LASTING, 'worker-1')
    await until('the old screen has ended', async () => !(await isRunning(screenOf(one.ref))))
    assert.equal(await shows(one.ref), '')
    assert.match(await shows(other.ref), /^last words\n/)
    assert.deepEqual(
      new Set(await runningScreens(throwAway.folder)),
      new Set([screenOf(other.ref), screenOf(next.ref)]),
    )
  })

  it('is taken away by closing, also when its program failed', async () => {
    const {ref} = await open(FAILS)
    await until('it is gone', async () => (await stateOf(ref)) === 'gone')
    assert.equal(await backend.close(ref), 'gone')
    await until('its screen has ended', async () => !(await isRunning(screenOf(ref))))
    assert.deepEqual(await readdir(sockets()), [])
  })

  it('leaves no folder behind for the next start', async () => {
    const first = await open('exit 0')
    await until('its screen has ended', async () => !(await isRunning(screenOf(first.ref))))
    const second = await open()
    assert.deepEqual(await readdir(path.join(throwAway.host.stateFolder, 'windows')), [
      path.basename(second.script.folder),
    ])
  })

  it('does not take the screens that its session opens for ours', async () => {
    const {ref, script} = await open(
      `SCREENDIR=$PWD/own; export SCREENDIR; mkdir -m 700 own; screen -d -m -S own sleep 1000; ${LASTING}`,
    )
    await script.started()
    assert.deepEqual(await readdir(sockets()), [ref['screen']])
    await endScreens(path.join(script.folder, 'own'))
  })

  it('is unknown to a screen that is stopped: it is not said to be gone, and no text waits there to be typed', async () => {
    const {ref, script} = await open('echo ready; cat >typed')
    await until('it is ready', async () => (await shows(ref)).includes('ready'))
    send('SIGSTOP', screenOf(ref))
    assert.equal(await stateOf(ref), 'open')
    await assert.rejects(backend.type?.(ref, 'too late') ?? assert.fail(), /did not end within/)
    send('SIGCONT', screenOf(ref))
    await until('it answers again', async () => (await shows(ref)).includes('ready'))
    assert.equal(await script.wrote('typed'), '')
  })
})

describe('a screen that hangs', () => {
  it('keeps no session from being opened or closed', async () => {
    const {host, folder, remove} = await throwAwayHost()
    const script = await scriptIn(folder, 'one')
    const run: typeof host.run = () => Promise.reject(new Error('screen did not end within 5000 ms.'))
    const backend = screenBackend({...host, run})
    const request = {id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file}
    const ref = await backend.open(request)
    const pid = await script.started()
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await isRunning(pid), false)
    await remove()
  })
})

describe('what screen complains about', () => {
  it('is in the error when it opens no terminal', async () => {
    const {host, folder, remove} = await throwAwayHost()
    const script = await scriptIn(folder, 'one')
    const start: typeof host.start = (program, args, options = {}) =>
      host.start(program, args, {...options, env: {...options.env, SCREENDIR: '/proc/nowhere'}})
    const request = {id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file}
    await assert.rejects(
      screenBackend({...host, start}).open(request),
      /^Error: screen opened no terminal for worker-1\. Cannot access \/proc\/nowhere: No such file or directory$/,
    )
    assert.deepEqual(await readdir(path.join(host.stateFolder, 'windows')), [])
    await remove()
  })
})
