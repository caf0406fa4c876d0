import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {OpenTerminal, PluginHost, TerminalRef} from '@codex-planner/plugin-api'
import {processes} from '../../../src/system/processes.ts'
import {desktopBackend} from '../src/desktop-backend.ts'
import {EMULATOR, type EmulatorName} from '../src/emulators.ts'
import {openWindow} from '../src/opening.ts'
import {environmentOn} from '../src/surroundings.ts'
import {parentOf} from './parent.ts'
import {send, TESTED, type ThrowAwayDesktop, textOf, throwAwayDesktop, until as within} from './throw-away-desktop.ts'

/** What shells, command lines, profiles and escape sequences are made of, each as one word. */
const WORDS = [
  ...['', ' ', 'two  words', '-e', '--', '--hold', '-1', '$(touch canary)', '`touch canary`', ';touch canary;', '#{x}'],
  ...[
    '%w %d %% %',
    'a=b',
    '\\n \\',
    '\n',
    '\t',
    '\r',
    '\u001B]0;x\u0007',
    '\u009B2J',
    `it's "q"`,
    '漢字 🚧',
    '*',
    '~',
    '[a]',
  ],
]

/** What a person may have set up that would lose the command, hold its window, or put it where they have one already. */
const CONFIGURED: Partial<Record<EmulatorName, {file: string; text: (session: string) => string}>> = {
  kitty: {file: 'kitty/kitty.conf', text: session => `startup_session ${session}\nclose_on_child_death no\n`},
  alacritty: {file: 'alacritty/alacritty.yml', text: () => 'shell:\n  program: sleep\n  args: ["1000"]\n'},
  konsole: {file: 'konsolerc', text: () => '[KonsoleWindow]\nUseSingleInstance=true\n'},
  foot: {file: 'foot/foot.ini', text: () => 'shell=sleep 1000\n'},
}

/** Milliseconds. Toolkits and OpenGL without a graphics card take their time on a machine that is busy with other tests. */
const PATIENCE = 60_000

function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  return within(what, holds, PATIENCE)
}

/** With these the whole kit runs on X, and more. */
const ELSEWHERE: readonly EmulatorName[] = ['gnome-terminal', 'xterm']

for (const emulator of TESTED) {
  for (const on of EMULATOR[emulator].displays) {
    if (on === 'x' && ELSEWHERE.includes(emulator)) continue
    describe(`${emulator} on ${on === 'x' ? 'X' : 'Wayland'}`, function () {
      this.timeout(3 * PATIENCE)
      let desktop: ThrowAwayDesktop
      let host: PluginHost
      let opened: TerminalRef[] = []
      let count = 0

      before(async () => {
        desktop = await throwAwayDesktop(on)
        host = await desktop.host({settings: {emulator}})
      })
      afterEach(async () => {
        for (const ref of opened.splice(0)) await desktopBackend(host).close(ref)
      })
      after(() => desktop?.close())

      async function open(body: string, wishes: Partial<OpenTerminal> = {}) {
        const id = `start-${++count}`
        const home = path.join(desktop.folder, id)
        await mkdir(home)
        const script = path.join(home, 'run.sh')
        await writeFile(script, `cd "\${0%/*}" || exit 1\n${body}\n`)
        const request = {id, project: 'kit', session: 'worker-1', title: 'A session', script, ...wishes}
        const ref = await openWindow(host, request, PATIENCE)
        opened.push(ref)
        return {ref, wrote: (name: string) => wrote(path.join(home, name))}
      }

      async function wrote(file: string): Promise<string> {
        let text: string | undefined
        await until(`${file} is written`, async () => (text = await textOf(file)) !== undefined)
        return text ?? ''
      }

      const ends = (pid: number) => until(`${pid} has ended`, async () => (await processes.identify(pid)) === undefined)
      const becomesGone = (ref: TerminalRef) =>
        until('the window is gone', async () => (await desktopBackend(host).survey([ref]))[0] === 'gone')

      it('is ready, with its version', async () => {
        const readiness = await desktopBackend(host).check()
        assert.ok(readiness.ready)
        assert.match(
          readiness.detail,
          new RegExp(`^${emulator} \\d[\\w.]* on the ${on === 'x' ? '' : 'Wayland '}display `),
        )
        assert.ok(!readiness.detail.includes('never tested'))
      })

      it('gives a program its words byte for byte, and runs no part of them (A-104, A-105)', async () => {
        const [recorder, out] = [path.join(desktop.folder, 'record.sh'), path.join(desktop.folder, 'words')]
        await writeFile(recorder, `out=$1; shift; printf '%s\\0' "$@" >"$out.new"; mv "$out.new" "$out"; sleep 2`)
        const argv = EMULATOR[emulator].argv(WORDS.join(' '), ['/bin/sh', recorder, out, ...WORDS], on)
        const env = environmentOn({emulator, on, display: ''}, host.env)
        await host.start(host.findProgram(emulator) ?? '', argv, {env, cwd: desktop.folder})
        assert.deepEqual((await wrote(out)).split('\0').slice(0, -1), WORDS)
        assert.equal(await textOf(path.join(desktop.folder, 'canary')), undefined)
      })

      it('runs the script as the process on record, with what a window needs and no other variable of whoever opened it', async () => {
        const {ref, wrote} = await open(
          'env >env.new; mv env.new env; echo $$ >pid.new; mv pid.new pid; exec sleep 1000',
          {
            title: ' a;%w\n',
          },
        )
        const lines = (await wrote('env')).split('\n')
        const pid = Number(await wrote('pid'))
        const display = on === 'x' ? 'DISPLAY' : 'WAYLAND_DISPLAY'
        assert.deepEqual(ref, {
          ...(await processes.identify(pid)),
          emulator,
          display: desktop.env[display],
          title: 'a;%w',
        })
        for (const name of [display, 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'PATH'])
          assert.ok(lines.includes(`${name}=${desktop.env[name]}`), name)
        for (const name of ['CODEX_ORCHESTRATOR_RUN', 'TOKEN'])
          assert.ok(!lines.some(line => line.startsWith(`${name}=`)))
      })

      it('bears its title, whatever a program in it prints (A-102, A-103)', async function () {
        if (on !== 'x') this.skip()
        // Asks for the kind of terminal last: its answer comes after the other title was read.
        const {wrote} = await open(
          String.raw`stty raw -echo; printf '\033]0;EVIL\007\033[c'
            dd bs=1 count=3 of=answer.new 2>dd; mv answer.new answer; sleep 1000`,
          {title: '-e --help a=b'},
        )
        await wrote('answer')
        let titles: string[] = []
        await until('the title', async () => {
          titles = (await desktop.windows()).map(({title}) => title)
          return titles.some(title => title.startsWith('-e --help a=b'))
        })
        assert.ok(!titles.some(title => title.includes('EVIL')), titles.join())
        assert.ok(EMULATOR[emulator].keepsTitle)
      })

      it('is gone when its script ends badly, and its window with it, whatever goes on in the background (F-057, F-058)', async () => {
        const {ref, wrote} = await open(
          `(trap '' HUP; exec sleep 1000) & echo $! $PPID >pids.new; mv pids.new pids
          while [ ! -e go ]; do sleep 0.1; done; exit 7`,
        )
        const [background = 0, holder = 0] = (await wrote('pids')).split(' ').map(Number)
        try {
          await writeFile(path.join(desktop.folder, `start-${count}`, 'go'), '')
          await becomesGone(ref)
          if (!EMULATOR[emulator].hasServer) await ends(holder)
        } finally {
          send(background, 'SIGKILL')
        }
      })

      it('is ended with all that runs in it, also what ignores a hang-up (F-058)', async () => {
        const {ref, wrote} = await open(
          `trap '' HUP; set -m; sleep 1000 & echo $! $$ >pids.new; mv pids.new pids; while :; do sleep 1; done`,
        )
        const pids = (await wrote('pids')).split(' ').map(Number)
        assert.equal(await desktopBackend(host).close(ref), 'gone')
        for (const pid of pids) assert.equal(await processes.identify(pid), undefined)
      })

      it('is gone when the emulator was killed, and its script has ended (F-059)', async () => {
        const {ref} = await open('while :; do sleep 1; done')
        send(await parentOf(ref.pid), 'SIGKILL')
        await becomesGone(ref)
        await ends(ref.pid)
      })

      it('joins no window that the person has open, whatever they have set', async function () {
        const configured = CONFIGURED[emulator]
        if (!configured) this.skip()
        const file = path.join(desktop.env['XDG_CONFIG_HOME'] ?? '', configured.file)
        await mkdir(path.dirname(file), {recursive: true})
        const session = path.join(desktop.folder, 'theirs')
        await writeFile(session, 'launch sleep 1000\n')
        await writeFile(file, configured.text(session))
        const theirs = spawn(host.findProgram(emulator) ?? '', [], {env: desktop.env, stdio: 'ignore'})
        const ended = once(theirs, 'exit')
        // Nobody can ask Wayland for windows.
        if (on === 'x') await until('their window', async () => (await desktop.windows()).length > 0)
        const {ref} = await open('exec sleep 1000')
        const holder = await parentOf(ref.pid)
        assert.notEqual(holder, theirs.pid)
        assert.match(await readFile(`/proc/${holder}/cmdline`, 'utf8'), new RegExp(emulator))
        theirs.kill('SIGKILL')
        await ended
      })
    })
  }
}
