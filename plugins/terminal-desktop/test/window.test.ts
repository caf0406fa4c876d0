import assert from 'node:assert/strict'
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'

import type {OpenTerminal, PluginHost, TerminalRef} from '@codex-planner/plugin-api'
import {processes} from '../../../src/system/processes.ts'
import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {desktopBackend} from '../src/desktop-backend.ts'
import {type DesktopRef, desktopRef} from '../src/desktop-ref.ts'
import {EMULATORS} from '../src/emulators.ts'
import {openWindow} from '../src/opening.ts'
import {takeBack, windowFolder} from '../src/window-folder.ts'
import {clickClose} from './close-window.ts'
import {parentOf} from './parent.ts'
import {send, type ThrowAwayDesktop, textOf, throwAwayDesktop, unseen, until} from './throw-away-desktop.ts'

/** Runs until it is ended from outside, and says so first. */
const LASTING = 'echo $$ >started.new; mv started.new started; while :; do sleep 1; done'
const WINDOW_SH = path.resolve(import.meta.dirname, '../window.sh')

interface Script {
  file: string
  folder: string
  wrote(name: string): Promise<string>
}

async function scriptIn(folder: string, body = LASTING): Promise<Script> {
  const home = await mkdtemp(path.join(folder, 'script-'))
  const file = path.join(home, 'run.sh')
  await writeFile(file, `cd "\${0%/*}" || exit 1\n${body}\n`)
  return {
    file,
    folder: home,
    async wrote(name) {
      let text: string | undefined
      await until(`the script wrote ${name}`, async () => (text = await textOf(path.join(home, name))) !== undefined)
      return text ?? ''
    },
  }
}

let count = 0
function request(script: Script, wishes: Partial<OpenTerminal> = {}): OpenTerminal {
  return {
    id: `start-${++count}`,
    project: 'kit',
    session: 'worker-1',
    title: 'A session',
    script: script.file,
    ...wishes,
  }
}

const runs = async (pid: number) => (await processes.identify(pid)) !== undefined
const ends = (pid: number) => until(`${pid} has ended`, async () => !(await runs(pid)))

/** Empty for a process that is gone. */
async function commandLine(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(unseen)).split('\0')
}

function known(ref: TerminalRef): DesktopRef {
  const read = desktopRef(ref)
  assert.ok(read)
  return read
}

for (const emulator of ['gnome-terminal', 'xterm'] as const) {
  describe(`a window of ${emulator}`, () => {
    let desktop: ThrowAwayDesktop
    let host: PluginHost
    let opened: TerminalRef[] = []

    before(async () => {
      desktop = await throwAwayDesktop()
      host = await desktop.host({settings: {emulator}})
    })
    afterEach(async () => {
      for (const ref of opened) await desktopBackend(host).close(ref)
      opened = []
    })
    after(() => desktop?.close())

    async function open(body?: string, wishes?: Partial<OpenTerminal>, on = host) {
      const script = await scriptIn(desktop.folder, body)
      const ref = await desktopBackend(on).open(request(script, wishes))
      opened.push(ref)
      return {ref: known(ref), script}
    }

    async function becomes(ref: TerminalRef, state: string): Promise<void> {
      await until(`the window is ${state}`, async () => (await desktopBackend(host).survey([ref]))[0] === state)
    }

    async function titled(title: string) {
      let found: Awaited<ReturnType<ThrowAwayDesktop['windows']>>[number] | undefined
      await until(`a window has the title ${title}`, async () => {
        found = (await desktop.windows()).find(window => window.title === title)
        return found !== undefined
      })
      assert.ok(found)
      return found
    }

    it('is on record with its process, its emulator, its display and its title', async () => {
      const {ref, script} = await open(LASTING, {title: ' the  title\n'})
      const pid = Number(await script.wrote('started'))
      assert.deepEqual(ref, {
        ...(await processes.identify(pid)),
        emulator,
        display: desktop.env['DISPLAY'],
        title: 'the title',
      })
    })

    it('bears its title, or its session’s name when that is empty', async () => {
      await open(LASTING, {title: ' the  title\n'})
      await titled('the title')
      await open(LASTING, {title: ' \n', session: 'worker-7'})
      await titled('worker-7')
    })

    it('has a title without control characters, and one that looks like an option is a title (A-102, A-103)', async () => {
      await open(LASTING, {title: 'ti\u001B]0;EVIL\u0007'})
      await titled(emulator === 'xterm' ? 'ti ]0;EVIL' : 'ti ]0,EVIL')
      for (const title of ['-e', '--help', '-version', '+e', '--']) {
        const {script} = await open(LASTING, {title})
        await script.wrote('started')
        await titled(title)
      }
    })

    it('is gone when its script ends, whatever the emulator makes of that (F-057, F-058)', async () => {
      for (const end of ['exit 0', 'exit 7', 'exec /no/such/program', 'kill -KILL $$']) {
        const {ref} = await open(end)
        await becomes(ref, 'gone')
      }
    })

    it('is gone when its script was never there (F-057, F-058)', async () => {
      const script = await scriptIn(desktop.folder)
      const ref = await desktopBackend(host).open(request({...script, file: `${script.file}.not`}))
      await becomes(ref, 'gone')
    })

    it('is gone when it is closed by a click, and its script has ended (F-059)', async () => {
      const {ref, script} = await open(LASTING, {title: 'to be closed'})
      const pid = Number(await script.wrote('started'))
      const window = await titled('to be closed')
      await clickClose(desktop.env, Number(window.id))
      await becomes(ref, 'gone')
      await ends(pid)
      assert.equal(await desktopBackend(host).close(ref), 'gone')
    })

    it('is gone when its emulator was killed, and its script has ended (F-059)', async () => {
      const {ref, script} = await open()
      const pid = Number(await script.wrote('started'))
      send(await parentOf(pid), 'SIGKILL')
      await becomes(ref, 'gone')
      await ends(pid)
    })

    it('outlives its caller and whatever takes the caller’s terminal away', async () => {
      const script = await scriptIn(desktop.folder)
      const caller = spawn(
        process.execPath,
        [
          path.join(import.meta.dirname, 'open-window.ts'),
          host.stateFolder,
          emulator,
          JSON.stringify(request(script, {title: 'outlives'})),
        ],
        {detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: desktop.env},
      )
      const [line] = (await once(caller.stdout.setEncoding('utf8'), 'data')) as [string]
      const ref = JSON.parse(line) as TerminalRef
      opened.push(ref)
      const pid = Number(await script.wrote('started'))
      process.kill(-Number(caller.pid), 'SIGHUP')
      await once(caller, 'exit')
      assert.deepEqual(await desktopBackend(host).survey([ref]), ['open'])
      assert.equal(await runs(pid), true)
    })

    it('is found and closed from where there is no display', async () => {
      const {ref, script} = await open()
      const pid = Number(await script.wrote('started'))
      const blind = desktopBackend({...host, env: {PATH: '/usr/bin:/bin'}, findProgram: () => undefined})
      assert.deepEqual(await blind.survey([ref]), ['open'])
      assert.equal(await blind.close(ref), 'gone')
      assert.equal(await runs(pid), false)
    })

    it('ends what runs in it, also what ignores that, and what is in the background', async function () {
      this.timeout(60_000)
      const {ref, script} = await open(
        `trap '' TERM HUP; set -m; sleep 1000 & echo $! >background; echo $$ >started; while :; do sleep 1; done`,
      )
      const pids = [Number(await script.wrote('background')), Number(await script.wrote('started'))]
      assert.equal(await desktopBackend(host).close(ref), 'gone')
      for (const pid of pids) assert.equal(await runs(pid), false)
    })

    it('leaves the windows of others alone when it is closed', async () => {
      const [one, other] = [await open(), await open()]
      await one.script.wrote('started')
      await other.script.wrote('started')
      assert.equal(await desktopBackend(host).close(one.ref), 'gone')
      assert.deepEqual(await desktopBackend(host).survey([one.ref, other.ref]), ['gone', 'open'])
    })

    it('costs no process but the emulator’s and what runs in it (F-058)', async () => {
      const {ref, script} = await open(LASTING, {id: 'alone'})
      await script.wrote('started')
      const emulators = async () => {
        const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
        const lines = await Promise.all(pids.map(async pid => [pid, await commandLine(pid)] as const))
        return lines.filter(([, words]) => words.includes(path.join(host.stateFolder, 'windows', 'alone')))
      }
      const expected = emulator === 'xterm' ? [await parentOf(ref.pid)] : []
      await until('nobody else waits', async () => (await emulators()).length === expected.length)
      assert.deepEqual(
        (await emulators()).map(([pid]) => pid),
        expected,
      )
      assert.match(
        (await commandLine(await parentOf(ref.pid)))[0] ?? '',
        emulator === 'xterm' ? /xterm$/ : /gnome-terminal-server$/,
      )
    })

    it('gives its script what a window needs, and no other variable of whoever opened it', async () => {
      const {script} = await open(
        `env >all.new; mv all.new all; ${LASTING}`,
        {},
        {
          ...host,
          env: {...host.env, TOKEN: 'a secret', CODEX_ORCHESTRATOR_ROLE: 'planner', GNOME_TERMINAL_SCREEN: '/theirs'},
        },
      )
      const names = (await script.wrote('all')).split('\n').map(line => line.split('=')[0])
      for (const name of ['DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME', 'PATH'])
        assert.ok(names.includes(name), name)
      for (const name of ['TOKEN', 'CODEX_ORCHESTRATOR_ROLE', 'NO_AT_BRIDGE']) assert.ok(!names.includes(name), name)
      assert.ok(!(await script.wrote('all')).includes('/theirs'))
    })

    it('tells how to find it, and whose Ctrl+C it is', async () => {
      const {ref} = await open(LASTING, {title: 'planner'})
      const window =
        emulator === 'xterm' ? 'window "planner" of xterm' : 'window of gnome-terminal that was opened as "planner"'
      assert.deepEqual(desktopBackend(host).wayBack(ref), {
        hint: `Look for the ${window} on the display ${desktop.env['DISPLAY']} (process ${ref.pid}); no terminal can attach to it. Ctrl+C in it belongs to Codex: it interrupts a turn, and ends an idle session.`,
      })
    })

    it('keeps its notes where only the user can read them, and the next window clears them away', async () => {
      const {ref, script} = await open(LASTING, {id: 'first'})
      await script.wrote('started')
      const all = path.join(host.stateFolder, 'windows')
      assert.equal((await stat(all)).mode & 0o777, 0o700)
      for (const name of await readdir(path.join(all, 'first')))
        assert.equal((await stat(path.join(all, 'first', name))).mode & 0o777, 0o600, name)
      await open(LASTING, {id: 'second'})
      assert.ok((await readdir(all)).includes('first'), 'the notes of an open window stay')
      await desktopBackend(host).close(ref)
      await open(LASTING, {id: 'third'})
      assert.ok(!(await readdir(all)).includes('first'), 'the notes of one that is gone do not')
    })

    it('is opened by the next call when the one that opened it was killed', async () => {
      const folder = await windowFolder(host.stateFolder, 'left-alone')
      const dead = spawn('/bin/sh', ['-c', 'exec sleep 1000'], {stdio: 'ignore'})
      const identity = await processes.identify(Number(dead.pid))
      dead.kill('SIGKILL')
      await once(dead, 'exit')
      await writeFile(folder.opener, JSON.stringify(identity))
      const {ref, script} = await open(LASTING, {id: 'left-alone'})
      await script.wrote('started')
      assert.deepEqual(await desktopBackend(host).survey([ref]), ['open'])
    })

    it('of a display that goes away is gone, and its script has ended (F-056)', async () => {
      const {ref, script} = await open()
      const pid = Number(await script.wrote('started'))
      await desktop.endScreen()
      await becomes(ref, 'gone')
      await ends(pid)
      await assert.rejects(open(), /^Error: No window could be opened for worker-1\. The display :\d+ cannot be opened/)
    })
  })
}

describe('a window of xterm, for a person with settings of their own', () => {
  let desktop: ThrowAwayDesktop
  before(async () => {
    desktop = await throwAwayDesktop()
  })
  after(() => desktop?.close())

  it('keeps its title and answers no question about it, whatever a program in it prints (A-102)', async () => {
    const home = await mkdtemp(path.join(desktop.folder, 'home-'))
    await writeFile(
      path.join(home, '.Xdefaults'),
      ['allowTitleOps: true', 'allowWindowOps: true', 'hold: true'].map(line => `XTerm*${line}\n`).join(''),
    )
    const host = await desktop.host({env: {HOME: home}, settings: {emulator: 'xterm'}})
    // Asks for the title last, and for the kind of terminal, which is answered in any case, so that the test need not wait for nothing.
    const script = await scriptIn(
      desktop.folder,
      String.raw`stty raw -echo; printf '\033]0;EVIL\007\033[21t\033[c'
        dd bs=1 count=3 of=answer.new 2>dd; mv answer.new answer; sleep 1000`,
    )
    const ref = await desktopBackend(host).open(request(script, {title: 'mine'}))
    assert.equal((await script.wrote('answer')).slice(1), '[?')
    assert.deepEqual(
      (await desktop.windows()).map(({title, name}) => [name, title]),
      [['codex-planner', 'mine']],
    )
    assert.equal(await desktopBackend(host).close(ref), 'gone')
    await until('the window is not held open', async () => (await desktop.windows()).length === 0)
  })
})

describe('a window of gnome-terminal that was asked for on a second display', () => {
  let first: ThrowAwayDesktop
  let second: ThrowAwayDesktop
  before(async () => {
    first = await throwAwayDesktop()
    second = await throwAwayDesktop()
  })
  after(async () => {
    await second?.close()
    await first?.close()
  })

  it('is on record with the display that it stands on, which is the one of their common server', async () => {
    const script = await scriptIn(first.folder)
    const one = await desktopBackend(await first.host()).open(request(script))
    const {DBUS_SESSION_BUS_ADDRESS} = first.env
    const other = await desktopBackend(await second.host({env: {DBUS_SESSION_BUS_ADDRESS}})).open(request(script))
    await until('both windows are there', async () => (await first.windows()).length === 2)
    assert.equal((await second.windows()).length, 0)
    assert.deepEqual([known(one).display, known(other).display], [first.env['DISPLAY'], first.env['DISPLAY']])
  })
})

describe('an emulator that opens no window', () => {
  let desktop: ThrowAwayDesktop
  before(async () => {
    desktop = await throwAwayDesktop()
  })
  after(() => desktop?.close())

  /** A host that finds these programs first, and of the emulators at most gnome-terminal and xterm. */
  async function hostWith(programs: Record<string, string>): Promise<PluginHost> {
    const others = EMULATORS.filter(name => name !== 'gnome-terminal' && name !== 'xterm')
    const bin = await mkdtemp(path.join(desktop.folder, 'bin-'))
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(path.join(bin, name), `#!/bin/sh\n${text}\n`)
      await chmod(path.join(bin, name), 0o755)
    }
    const host = await desktop.host({env: {PATH: `${bin}:${desktop.env['PATH']}`}})
    return {...host, findProgram: name => (others.some(other => other === name) ? undefined : host.findProgram(name))}
  }

  it('makes room for the next one', async () => {
    const host = await hostWith({'gnome-terminal': 'echo broken >&2; exit 1'})
    const script = await scriptIn(desktop.folder)
    const ref = await desktopBackend(host).open(request(script))
    await script.wrote('started')
    assert.equal(known(ref).emulator, 'xterm')
    assert.equal(await desktopBackend(host).close(ref), 'gone')
  })

  it('is named with its own words, and leaves nothing behind (F-056)', async () => {
    const host = await hostWith({
      'gnome-terminal': 'echo "no\u001b[2J bus!" >&2; exit 1',
      xterm: 'echo "xterm: Xt error: Can\'t open display: :99" >&2; exit 1',
    })
    const script = await scriptIn(desktop.folder)
    await assert.rejects(desktopBackend(host).open(request(script)), {
      message:
        "No window could be opened for worker-1. gnome-terminal: no [2J bus. xterm: xterm: Xt error: Can't open display: :99.",
    })
    assert.deepEqual(await readdir(path.join(host.stateFolder, 'windows')), [])
  })

  it('is ended when it takes too long, and a window that comes later runs nothing', async () => {
    const host = await hostWith({xterm: 'echo $$ >"$HOME_OF_TEST/pid"; exec sleep 1000'})
    const {readSettings} = testPluginHost({stateFolder: host.stateFolder, settings: {emulator: 'xterm'}})
    const late = {...host, readSettings, start: withVariable(host, 'HOME_OF_TEST', desktop.folder)}
    const script = await scriptIn(desktop.folder)
    await assert.rejects(openWindow(late, request(script, {id: 'late'}), 1000), {
      message: 'No window could be opened for worker-1. xterm: no window came within 1 s.',
    })
    await ends(Number(await textOf(path.join(desktop.folder, 'pid'))))
    const folder = path.join(host.stateFolder, 'windows', 'late')
    const {status} = spawnSync('/bin/sh', [WINDOW_SH, folder, script.file, 'xterm', ':0'], {timeout: 10_000})
    assert.equal(status, 75)
    assert.equal(await textOf(path.join(script.folder, 'started')), undefined)
  })

  function withVariable(host: PluginHost, name: string, value: string): PluginHost['start'] {
    return (program, args, options) => host.start(program, args, {...options, env: {...options?.env, [name]: value}})
  }

  it('is asked for a path that a program can be given, and for no other', async () => {
    const host = await hostWith({})
    const script = await scriptIn(desktop.folder)
    for (const file of ['run.sh', '/a\0b', '/a\uD800b'])
      await assert.rejects(desktopBackend(host).open(request({...script, file})), RangeError)
    await assert.rejects(desktopBackend(host).open(request(script, {id: '../out'})), RangeError)
  })
})

describe('the program of a window', () => {
  let state: string
  before(async () => {
    state = await mkdtemp(path.join(tmpdir(), 'cpd-'))
  })
  after(() => rm(state, {recursive: true, force: true}))

  const run = (folder: string, script: string) =>
    spawnSync('/bin/sh', [WINDOW_SH, folder, script, 'xterm', ':0'], {timeout: 10_000}).status

  it('runs the script in one of two windows of the same start', async () => {
    const {folder} = await windowFolder(state, 'twice')
    const script = await scriptIn(state, 'echo ran >>runs; exit 7')
    assert.deepEqual([run(folder, script.file), run(folder, script.file)], [7, 75])
    assert.equal(await script.wrote('runs'), 'ran\n')
  })

  it('runs nothing when the start was taken back before', async () => {
    const window = await windowFolder(state, 'taken-back')
    const script = await scriptIn(state, 'echo ran >>runs')
    assert.equal(await takeBack(window), true)
    await mkdir(window.folder)
    await writeFile(window.window, 'taken back')
    assert.equal(run(window.folder, script.file), 75)
    assert.equal(await textOf(path.join(script.folder, 'runs')), undefined)
  })

  it('is not taken back once it has begun', async () => {
    const window = await windowFolder(state, 'begun')
    const script = await scriptIn(state, 'exit 0')
    assert.equal(run(window.folder, script.file), 0)
    assert.equal(await takeBack(window), false)
  })

  it('leaves the person’s umask to the script', async () => {
    const {folder} = await windowFolder(state, 'umask')
    const script = await scriptIn(state, 'umask >mask')
    const line = 'umask 027; exec /bin/sh "$0" "$@"'
    spawnSync('/bin/sh', ['-c', line, WINDOW_SH, folder, script.file, 'xterm', ':0'], {timeout: 10_000})
    assert.match(await script.wrote('mask'), /^0?027\n$/)
    assert.equal((await stat(path.join(folder, 'window'))).mode & 0o777, 0o600)
  })
})
