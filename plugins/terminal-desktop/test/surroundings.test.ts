import assert from 'node:assert/strict'
import {chmod, mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {createServer, type Server, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'

import {desktopBackend} from '../src/desktop-backend.ts'
import {busSockets, hasSessionBus} from '../src/session-bus.ts'
import {bareEnvironment, environmentOn} from '../src/surroundings.ts'
import {cookieOf} from '../src/x-authority.ts'
import {displayFault, parseDisplay} from '../src/x-display.ts'
import {requirePrograms, type ThrowAwayDesktop, throwAwayDesktop} from './throw-away-desktop.ts'

describe('a desktop that is there', () => {
  let desktop: ThrowAwayDesktop
  before(async () => {
    desktop = await throwAwayDesktop()
  })
  after(() => desktop?.close())

  const check = async (wishes: Parameters<ThrowAwayDesktop['host']>[0]) =>
    desktopBackend(await desktop.host(wishes)).check()

  it('is ready with the emulator, its version and the display', async () => {
    const [gnome, xterm] = [await check({}), await check({settings: {emulator: 'xterm'}})]
    assert.ok(gnome.ready && xterm.ready)
    assert.match(gnome.detail, /^gnome-terminal \d+\.[\d.]+ on the display :\d+$/)
    assert.match(xterm.detail, /^xterm \d+ on the display :\d+$/)
  })

  it('is ready with another emulator where no session bus answers', async () => {
    const readiness = await check({
      env: {DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nobody/there', XDG_RUNTIME_DIR: '/nobody'},
    })
    assert.ok(readiness.ready)
    assert.match(readiness.detail, /^kitty /)
  })

  it('is ready with an emulator that was never tested, and says so', async () => {
    const bin = await mkdtemp(path.join(desktop.folder, 'bin-'))
    await writeFile(path.join(bin, 'wezterm'), '#!/bin/sh\necho wezterm 20240203-110809-5046fc22\n', {mode: 0o755})
    const readiness = await check({env: {PATH: bin}})
    assert.ok(readiness.ready)
    assert.match(
      readiness.detail,
      /^wezterm 20240203-110809-5046fc22 on the display :\d+; codex-planner was never tested with wezterm \(Debian 12 has no package of it\)$/,
    )
  })

  it('is ready with an emulator that tells no version', async () => {
    const host = await desktop.host({settings: {emulator: 'xterm'}})
    for (const run of [
      () => Promise.reject(new Error('too late')),
      () => Promise.resolve({exitCode: 1, stdout: '', stderr: 'no'}),
    ]) {
      const readiness = await desktopBackend({...host, run}).check()
      assert.ok(readiness.ready)
      assert.match(readiness.detail, /^xterm \(it tells no version\) on the display :\d+$/)
    }
  })

  it('is asked for without a trace in the state folder', async () => {
    const host = await desktop.host()
    await desktopBackend(host).check()
    assert.deepEqual(await readdir(host.stateFolder), [])
  })

  it('is not ready for whoever has not its cookie, in the words of the server (F-056)', async () => {
    const readiness = await check({env: {XAUTHORITY: '/no/such/file'}})
    assert.ok(!readiness.ready)
    assert.match(readiness.reason, /^The display :\d+ lets nobody in: Authorization required, but no /)
  })

  it('is not ready on a display that nobody serves (F-056)', async () => {
    const readiness = await check({env: {DISPLAY: ':64999'}})
    assert.ok(!readiness.ready)
    assert.equal(readiness.reason, 'The display :64999 cannot be opened (nobody listens there).')
  })

  it('is ready without an X display only for gnome-terminal, and says that Wayland was not proven', async () => {
    const wayland = createServer().listen(path.join(desktop.env['XDG_RUNTIME_DIR'] ?? '', 'wayland-7'))
    try {
      const env = {DISPLAY: '', WAYLAND_DISPLAY: 'wayland-7'}
      const readiness = await check({env})
      assert.ok(readiness.ready)
      assert.match(readiness.detail, /on the Wayland display wayland-7, where only a window itself can show/)
      assert.equal((await check({env, settings: {emulator: 'xterm'}})).ready, false)
    } finally {
      wayland.close()
    }
  })
})

describe('a display', () => {
  let folder: string
  let server: Server
  const open: Socket[] = []
  let answer: (socket: Socket) => void

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cpd-'))
    server = createServer(socket => {
      open.push(socket)
      socket.once('data', () => answer(socket))
    })
  })
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy()
    if (server.listening) await new Promise(resolve => server.close(resolve))
    await rm(folder, {recursive: true, force: true})
  })

  /** A display over TCP, which is where ssh puts one. */
  async function served(by: typeof answer): Promise<NodeJS.ProcessEnv> {
    answer = by
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    return {DISPLAY: `127.0.0.1:${address.port - 6000}`, XAUTHORITY: path.join(folder, 'none')}
  }

  it('opens when its server says so', async () => {
    const env = await served(socket => socket.write(Buffer.from([1, 0, 11, 0])))
    assert.equal(await displayFault(env), undefined)
  })

  it('does not open when its server hangs up, and when it stays silent', async () => {
    const env = await served(socket => socket.end())
    assert.match((await displayFault(env)) ?? '', /cannot be opened \(it hangs up\)\.$/)
    answer = () => undefined
    assert.match((await displayFault(env)) ?? '', /cannot be opened \(it does not answer\)\.$/)
  })

  it('has its refusal told without what would act on a terminal', async () => {
    const words = Buffer.from('no\u001b[2Jway')
    const env = await served(socket => {
      socket.write(Buffer.from([0, words.length, 11, 0, 0, 0, 2, 0]))
      socket.write(words)
    })
    assert.match((await displayFault(env)) ?? '', /lets nobody in: no \[2Jway\.$/)
  })

  for (const [text, display] of [
    [':0', {host: '', number: 0}],
    [':1.0', {host: '', number: 1}],
    ['unix:2', {host: '', number: 2}],
    ['localhost:10.0', {host: 'localhost', number: 10}],
    ['', undefined],
    ['0', undefined],
    [':0;reboot', undefined],
    ['../../x:0', undefined],
    [':123456', undefined],
  ] as const) {
    it(`is ${display ? '' : 'not '}told by ${JSON.stringify(text)}`, () =>
      assert.deepEqual(parseDisplay(text), display))
  }
})

describe('the cookie of a display', () => {
  const counted = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])
  const entry = (family: number, address: string, display: string, data: string, name = 'MIT-MAGIC-COOKIE-1') =>
    Buffer.concat([Buffer.from([family >> 8, family & 255]), ...[address, display, name, data].map(counted)])
  const cookie = (authority: Buffer[]) => cookieOf(Buffer.concat(authority), 1, 'here')?.data.toString()

  it('is the one of this machine before one of anywhere', () => {
    const all = [entry(65_535, '', '', 'any'), entry(256, 'there', '1', 'theirs'), entry(256, 'here', '1', 'ours')]
    assert.equal(cookie(all), 'ours')
    assert.equal(cookie(all.slice(0, 2)), 'any')
    assert.equal(cookie(all.slice(1, 2)), 'theirs')
  })

  it('is none of another display or another kind', () => {
    assert.equal(cookie([entry(256, 'here', '2', 'x'), entry(256, 'here', '1', 'x', 'SUN-DES-1')]), undefined)
  })

  it('is found before the place where the file is cut short', () => {
    const whole = entry(256, 'here', '1', 'ours')
    assert.equal(cookie([whole, whole.subarray(0, 11)]), 'ours')
    assert.equal(cookie([whole.subarray(0, 11)]), undefined)
    assert.equal(cookie([]), undefined)
  })
})

describe('a session bus', () => {
  for (const [env, sockets] of [
    [{DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus,guid=1'}, ['/run/user/1000/bus']],
    [{DBUS_SESSION_BUS_ADDRESS: 'unix:guid=1,path=/a%20b'}, ['/a b']],
    [{DBUS_SESSION_BUS_ADDRESS: 'unix:abstract=/tmp/dbus-x,guid=1'}, ['\0/tmp/dbus-x']],
    [{DBUS_SESSION_BUS_ADDRESS: 'tcp:host=localhost;unix:path=/b'}, [undefined, '/b']],
    [{DBUS_SESSION_BUS_ADDRESS: '', XDG_RUNTIME_DIR: '/run/user/1'}, ['/run/user/1/bus']],
    [{XDG_RUNTIME_DIR: 'relative'}, []],
    [{}, []],
  ] as const) {
    it(`is looked for at ${JSON.stringify(sockets)} with ${JSON.stringify(env)}`, () =>
      assert.deepEqual(busSockets(env), sockets))
  }

  it('is none where nobody listens', async () => {
    assert.equal(await hasSessionBus({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nobody/there'}), false)
    assert.equal(await hasSessionBus({}), false)
  })
})

describe('the environment of a window', () => {
  it('holds what a window needs to open, and nothing else of the caller’s', () => {
    const needed = {
      ...{HOME: '/h', PATH: '/bin', LANG: 'C', LC_ALL: 'C', SHELL: '/bin/sh', USER: 'u', LOGNAME: 'u'},
      ...{DISPLAY: ':0', XAUTHORITY: '/x', WAYLAND_DISPLAY: 'w', DBUS_SESSION_BUS_ADDRESS: 'd', XDG_RUNTIME_DIR: '/r'},
    }
    const others = {TOKEN: 'secret', TERM: 'x', CODEX_ORCHESTRATOR_ROLE: 'planner', GNOME_TERMINAL_SCREEN: '/s'}
    const settings = {XDG_CONFIG_HOME: '/c', XDG_DATA_DIRS: '/d', XDG_CURRENT_DESKTOP: 'KDE', KDE_FULL_SESSION: 'true'}
    assert.deepEqual(bareEnvironment({...others, ...needed, ...settings}), {...needed, ...settings})
  })

  it('leaves a silent Wayland display out for an emulator that would go there first', () => {
    const env = {DISPLAY: ':0', WAYLAND_DISPLAY: 'wayland-0'}
    const display = ':0'
    assert.deepEqual(environmentOn({emulator: 'kitty', on: 'x', display}, env), {DISPLAY: ':0'})
    assert.deepEqual(environmentOn({emulator: 'kitty', on: 'wayland', display}, env), env)
    assert.deepEqual(environmentOn({emulator: 'xterm', on: 'x', display}, env), env)
    assert.deepEqual(environmentOn({emulator: 'xterm', on: 'x', display}, {DISPLAY: ':0'}), {DISPLAY: ':0'})
  })
})

describe('the tests of the desktop', () => {
  it('say what to install where the programs are missing', async () => {
    const bin = await mkdtemp(path.join(tmpdir(), 'cpd-'))
    const {PATH} = process.env
    try {
      await mkdir(path.join(bin, 'empty'))
      const there = ['Xvfb', 'cage', 'Xwayland', 'gnome-terminal', 'kitty', 'alacritty', 'foot', 'xwininfo', 'xprop']
      for (const name of there) {
        await writeFile(path.join(bin, name), '')
        await chmod(path.join(bin, name), 0o755)
      }
      process.env['PATH'] = bin
      assert.throws(requirePrograms, {
        message:
          'konsole, xterm, dbus-daemon cannot be found. Try this: sudo apt-get install -y --no-install-recommends konsole qtwayland5 xterm dbus dbus-x11',
      })
    } finally {
      process.env['PATH'] = PATH
      await rm(bin, {recursive: true, force: true})
    }
  })
})
