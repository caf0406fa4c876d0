import assert from 'node:assert/strict'
import {mkdir, readlink, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {OpenTerminal, PluginHost, TerminalRef} from '@codex-planner/plugin-api'

import {socketPath} from '../src/socket.ts'
import {askTmux, runTmux} from '../src/tmux.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {requireRef} from '../src/tmux-ref.ts'
import {
  endServer,
  isRunning,
  LASTING,
  type Script,
  scriptIn,
  serverPid,
  type ThrowAway,
  textOf,
  throwAwayHost,
  until,
  viewer,
} from './throw-away.ts'

describe('a terminal of tmux', () => {
  let throwAway: ThrowAway
  let backend: ReturnType<typeof tmuxBackend>

  beforeEach(async () => {
    throwAway = await throwAwayHost()
    backend = tmuxBackend(throwAway.host)
  })

  afterEach(() => throwAway.remove())

  const request = (script: Script, wishes: Partial<OpenTerminal> = {}): OpenTerminal => ({
    id: `start-of-${path.basename(script.folder)}`,
    project: 'kit',
    session: path.basename(script.folder),
    title: 'A session',
    script: script.file,
    ...wishes,
  })

  async function open(
    name: string,
    body?: string,
    wishes?: Partial<OpenTerminal>,
  ): Promise<{ref: TerminalRef; script: Script}> {
    const script = await scriptIn(throwAway.folder, name, body)
    return {ref: await backend.open(request(script, wishes)), script}
  }

  const ask = (...commands: string[][]) => askTmux(throwAway.host, socketPath(throwAway.host), commands)

  async function becomes(ref: TerminalRef, state: string): Promise<void> {
    await until(`the terminal is ${state}`, async () => (await backend.survey([ref]))[0] === state)
  }

  it('bears its title, or its session’s name when that is empty', async () => {
    await open('worker-1', LASTING, {title: ' the  title\n'})
    await open('worker-2', LASTING, {title: ' \n'})
    assert.equal(await ask(['list-windows', '-a', '-F', '#{window_name}']), 'the title\nworker-2\n')
  })

  describe('at Ctrl+C', () => {
    async function sit(body: string, suspend?: string) {
      const {ref, script} = await open('worker-1', body, suspend === undefined ? {} : {suspend})
      await script.started()
      const way = backend.wayBack(ref)
      assert.ok('command' in way)
      const person = await viewer(throwAway, `exec env -u TMUX ${way.command.map(word => `'${word}'`).join(' ')}`)
      await until('the terminal shows', async () => (await person.shows()).includes('Ctrl+b d leaves'))
      return {person, script}
    }

    it('asks, and a second one suspends the team, whatever the path holds (A-034)', async () => {
      const folder = path.join(throwAway.folder, "it's #{pid} #(touch canary) $(touch canary)")
      await mkdir(folder)
      const suspend = path.join(folder, 'suspend.sh')
      await writeFile(suspend, 'echo suspended >"$(dirname "$0")/done"\n')
      const {person} = await sit(LASTING, suspend)
      await person.press('C-c')
      await until('the menu shows', async () => (await person.shows()).includes('Suspend everything (C-c)'))
      await person.press('C-c')
      await until('the script ran', async () => (await textOf(path.join(folder, 'done'))) === 'suspended\n')
      assert.equal(await textOf(path.join(throwAway.folder, 'canary')), undefined)
    })

    it('interrupts the turn on demand, by the Escape that Codex knows', async () => {
      const body =
        'stty raw -echo; echo $$ >started; dd bs=1 count=1 2>/dev/null | od -An -tx1 >key; mv key keys; sleep 1000'
      const {person, script} = await sit(body, '/nowhere/suspend.sh')
      await person.press('C-c')
      await until('the menu shows', async () => (await person.shows()).includes('Interrupt this turn'))
      await person.press('i')
      await until('the key arrived', async () => (await textOf(path.join(script.folder, 'keys'))) === ' 1b\n')
    })

    it('is the program’s own where nothing can be suspended', async () => {
      const {person, script} = await sit(
        'trap "echo int >caught; exit" INT; echo $$ >started; while :; do sleep 0.1; done',
      )
      await person.press('C-c')
      await until('it was caught', async () => (await textOf(path.join(script.folder, 'caught'))) === 'int\n')
    })
  })

  it('is on record with its socket, its server’s life, and its ids', async () => {
    const {ref} = await open('worker-1')
    const {server_start, ...rest} = requireRef(ref)
    assert.deepEqual(rest, {
      socket: path.join(throwAway.host.stateFolder, 'tmux.sock'),
      name: 'cp-kit-worker-1',
      session: '$0',
      window: '@0',
      pane: '%0',
      server_pid: await serverPid(throwAway.host),
    })
    assert.match(String(server_start), /^\d{10}$/)
  })

  it('is gone when its server was killed, although the socket is still there (F-029, F-032)', async () => {
    const {ref, script} = await open('worker-1')
    const pid = await script.started()
    await endServer(throwAway.host, 'SIGKILL')
    await becomes(ref, 'gone')
    await until('its script has ended', async () => !isRunning(pid))
    assert.equal(await backend.close(ref), 'gone')
  })

  it('is gone when only its window is, whatever display-message says (F-043)', async () => {
    const {ref} = await open('worker-1')
    const {ref: other} = await open('worker-2')
    await ask(['kill-window', '-t', requireRef(ref).window])
    const {host} = throwAway
    const message = (target: string) =>
      runTmux(host, socketPath(host), [['display-message', '-p', '-t', target, '#{session_name}']])
    assert.deepEqual(await message('=cp-kit-worker-1'), {exitCode: 0, stdout: '\n', stderr: ''})
    await becomes(ref, 'gone')
    assert.deepEqual(await backend.survey([ref, other]), ['gone', 'open'])
  })

  it('is gone when its server has ended and the socket is removed (F-033)', async () => {
    const {ref} = await open('worker-1')
    await endServer(throwAway.host)
    await rm(socketPath(throwAway.host), {force: true})
    assert.deepEqual(await backend.survey([ref]), ['gone'])
  })

  it('is unknown while its server runs on without its socket, also behind a new server (F-033)', async () => {
    const {ref, script} = await open('worker-1')
    await script.started()
    const pid = await serverPid(throwAway.host)
    await rm(socketPath(throwAway.host))
    assert.ok(pid)
    try {
      assert.deepEqual(await backend.survey([ref]), ['unknown'])
      const {ref: second} = await open('worker-2')
      assert.deepEqual(await backend.survey([ref, second]), ['unknown', 'open'])
      assert.equal(await backend.close(ref), 'unknown')
      assert.deepEqual(await backend.survey([second]), ['open'])
    } finally {
      process.kill(pid)
    }
    await becomes(ref, 'gone')
  })

  it('is unknown while its server does not answer, and open again when it does', async () => {
    const {ref} = await open('worker-1')
    const pid = await serverPid(throwAway.host)
    assert.ok(pid)
    const {host} = throwAway
    const impatient = tmuxBackend({
      ...host,
      run: (program, args, options) => host.run(program, args, {...options, timeout: 300}),
    })
    process.kill(pid, 'SIGSTOP')
    try {
      assert.deepEqual(await impatient.survey([ref]), ['unknown'])
      assert.equal(await impatient.close(ref), 'unknown')
      await assert.rejects(impatient.open(request(await scriptIn(throwAway.folder, 'worker-2'))), /does not answer/)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    assert.deepEqual(await backend.survey([ref]), ['open'])
  })

  it('is unknown when tmux is not there any more', async () => {
    const {ref} = await open('worker-1')
    assert.deepEqual(await tmuxBackend({...throwAway.host, findProgram: () => undefined}).survey([ref]), ['unknown'])
  })

  it('is not the one with the same ids on the next server (F-035)', async () => {
    const first = await open('worker-1')
    await endServer(throwAway.host)
    const second = await open('worker-2')
    const {pane, window} = requireRef(first.ref)
    assert.deepEqual({pane, window}, {pane: requireRef(second.ref).pane, window: requireRef(second.ref).window})
    assert.deepEqual(await backend.survey([first.ref, second.ref]), ['gone', 'open'])
    assert.equal(await backend.close(first.ref), 'gone')
    assert.equal(await backend.screen?.(first.ref), '')
    await assert.rejects(backend.type?.(first.ref, 'hello') ?? Promise.resolve(), /Another tmux server/)
    assert.deepEqual(await backend.survey([second.ref]), ['open'])
  })

  it('is found by its record from another environment', async () => {
    const {ref} = await open('worker-1')
    const other = await throwAwayHost()
    throwAway.others.push(other.host)
    const elsewhere = tmuxBackend(other.host)
    assert.deepEqual(await elsewhere.survey([ref]), ['open'])
    assert.equal(typeof (await elsewhere.screen?.(ref)), 'string')
    assert.equal(await elsewhere.close(ref), 'gone')
    await other.remove()
  })

  it('is not mixed up with one whose name begins the same (F-036)', async () => {
    const longer = await open('worker-10')
    const {ref} = await open('worker-1')
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await backend.close(ref), 'gone')
    assert.deepEqual(await backend.survey([longer.ref]), ['open'])
  })

  it('ends wherever it is shown (F-037)', async () => {
    const {ref, script} = await open('worker-1')
    const pid = await script.started()
    await ask(
      ['new-session', '-d', '-s', 'persons', '--', '/bin/sh', '-c', 'exec cat'],
      ['link-window', '-s', '@0', '-t', '=persons:'],
    )
    assert.equal(await backend.close(ref), 'gone')
    await until('its script has ended', async () => !isRunning(pid))
    assert.equal(await ask(['list-sessions', '-F', '#{session_name}']), 'persons\n')
  })

  it('is still the one meant when a person renamed and moved everything (F-039)', async () => {
    const {ref, script} = await open('worker-1')
    await ask(
      ['rename-session', '-t', '=cp-kit-worker-1:', 'mine'],
      ['rename-window', '-t', '@0', 'mine too'],
      ['new-session', '-d', '-s', 'persons', '--', '/bin/sh', '-c', 'exec cat'],
      ['join-pane', '-s', '%0', '-t', '=persons:'],
    )
    assert.deepEqual(await backend.survey([ref]), ['open'])
    const again = requireRef(await backend.open(request(script)))
    assert.equal(again.pane, requireRef(ref).pane)
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await ask(['list-sessions', '-F', '#{session_name}']), 'persons\n')
  })

  it('is open once although its own session was ended and only another shows it', async () => {
    const {ref, script} = await open('worker-1')
    await backend.dashboard.show({project: 'kit', windows: [{ref, title: 'worker'}], status: ''})
    await ask(['kill-session', '-t', '=cp-kit-worker-1:'])
    assert.deepEqual(await backend.survey([ref]), ['open'])
    assert.equal(requireRef(await backend.open(request(script))).pane, requireRef(ref).pane)
  })

  it('is gone when there was nothing to run (F-040)', async () => {
    const script = await scriptIn(throwAway.folder, 'worker-1')
    const ref = await backend.open({...request(script), script: path.join(script.folder, 'missing.sh')})
    await becomes(ref, 'gone')
  })

  it('is opened for a script that ends at once, every time', async () => {
    const script = await scriptIn(throwAway.folder, 'worker-1', 'exit 0')
    for (let start = 0; start < 40; start++) {
      const ref = await backend.open(request(script, {id: `start-${start}`}))
      await becomes(ref, 'gone')
    }
  })

  it('stays to be read when its script failed, and goes when it is closed (F-041)', async () => {
    const {ref, script} = await open('worker-1', 'echo the reason; while [ ! -e go ]; do sleep 0.1; done; exit 3')
    await until('the reason shows', async () => ((await backend.screen?.(ref)) ?? '').includes('the reason'))
    await writeFile(path.join(script.folder, 'go'), '')
    await becomes(ref, 'gone')
    assert.match((await backend.screen?.(ref)) ?? '', /^the reason/)
    assert.equal(await backend.close(ref), 'gone')
    assert.equal(await backend.screen?.(ref), '')
  })

  it('is gone when its script was killed, or left a process behind (F-042)', async () => {
    const killed = await open('worker-1', 'kill -KILL $$')
    const left = await open('worker-2', 'sleep 30 & echo $! >started; exit 1')
    await becomes(killed.ref, 'gone')
    await becomes(left.ref, 'gone')
    process.kill(await left.script.started())
  })

  it('makes room for the next start of its session only when it has ended', async () => {
    const first = await open('worker-1', 'while [ ! -e go ]; do sleep 0.1; done; exit 1')
    const next = request(first.script, {id: 'next', script: (await scriptIn(throwAway.folder, 'other')).file})
    await assert.rejects(backend.open(next), {
      message: 'The tmux session cp-kit-worker-1 still runs something else. Close it, then this session can start.',
    })
    await writeFile(path.join(first.script.folder, 'go'), '')
    await becomes(first.ref, 'gone')
    const second = await backend.open(next)
    assert.deepEqual(await backend.survey([first.ref, second]), ['gone', 'open'])
  })

  it('opens once for many processes’ requests at once, on a server that none has started', async () => {
    const script = await scriptIn(throwAway.folder, 'worker-1', `echo start >>starts; exec cat`)
    const others = await Promise.all(
      Array.from({length: 12}, (_, index) => scriptIn(throwAway.folder, `other-${index}`)),
    )
    const refs = await Promise.all([
      ...Array.from({length: 12}, () => tmuxBackend(throwAway.host).open(request(script))),
      ...others.map(other => backend.open(request(other))),
    ])
    assert.equal(new Set(refs.map(ref => requireRef(ref).pane)).size, 13)
    assert.deepEqual(new Set(await backend.survey(refs)), new Set(['open']))
    await until('it has started', async () => (await textOf(path.join(script.folder, 'starts'))) !== undefined)
    assert.equal(await textOf(path.join(script.folder, 'starts')), 'start\n')
  })

  it('opens on a server that somebody started and left empty', async () => {
    await runTmux(throwAway.host, socketPath(throwAway.host), [['start-server']])
    const {ref} = await open('worker-1')
    assert.deepEqual(await backend.survey([ref]), ['open'])
  })

  it('ends the server with the last one', async () => {
    const {ref} = await open('worker-1')
    const pid = await serverPid(throwAway.host)
    assert.ok(pid)
    await backend.close(ref)
    await until('the server has ended', async () => !isRunning(pid))
  })

  /** A backend that notes what it calls. */
  function counting(): {counted: ReturnType<typeof tmuxBackend>; calls: (readonly string[])[]} {
    const calls: (readonly string[])[] = []
    const {host} = throwAway
    const run: PluginHost['run'] = (program, args, options) => (calls.push(args), host.run(program, args, options))
    return {counted: tmuxBackend({...host, run}), calls}
  }

  it('is surveyed with one call of tmux for all', async () => {
    const refs = [(await open('worker-1')).ref, (await open('worker-2')).ref, (await open('worker-3', 'exit 1')).ref]
    const {counted, calls} = counting()
    await counted.survey(refs)
    assert.equal(calls.length, 1)
  })

  it('is opened with one call of tmux beside another', async () => {
    await open('worker-1')
    const {counted, calls} = counting()
    const ref = await counted.open(request(await scriptIn(throwAway.folder, 'worker-2')))
    assert.equal(calls.length, 1)
    assert.deepEqual(await backend.survey([ref]), ['open'])
  })

  it('is shown with one more call, and nothing of others is taken away that has come since', async () => {
    const view = (...refs: TerminalRef[]) => ({
      project: 'kit',
      windows: refs.map(ref => ({ref, title: 'worker'})),
      status: '',
    })
    const first = (await open('worker-1')).ref
    await backend.dashboard.show(view(first))
    const {counted, calls} = counting()
    const second = await counted.open(request(await scriptIn(throwAway.folder, 'worker-2')))
    await counted.dashboard.show(view(first, second))
    assert.equal(calls.length, 2)
    const third = await counted.open(request(await scriptIn(throwAway.folder, 'worker-3')))
    // Others open and show, and take one away, before it is shown.
    const fourth = (await open('worker-4')).ref
    await backend.dashboard.show(view(first, second, third, fourth))
    await backend.close(first)
    await counted.dashboard.show(view(first, second, third, fourth))
    const shown = await ask(['list-windows', '-t', '=cp-kit:', '-F', '#{window_id}'])
    assert.deepEqual(
      shown.trim().split('\n'),
      [second, third, fourth].map(ref => requireRef(ref).window),
    )
  })

  it('tells with its hints which version the server is of, so that nobody asks for it', async () => {
    const {ref} = await open('worker-1')
    const {counted, calls} = counting()
    assert.deepEqual(await counted.hints?.([ref]), [null])
    assert.deepEqual(await counted.check(), await backend.check())
    assert.equal(calls.length, 1)
  })

  it('opens in the folder of its script, whatever that is called (A-003)', async () => {
    const script = await scriptIn(throwAway.folder, 'd#(touch PWN)')
    await writeFile(script.file, 'pwd >"${0%/*}/started"\nexec cat\n')
    await backend.open(request(script, {id: 'a', session: 'worker-1'}))
    await until(
      'it has started',
      async () => (await textOf(path.join(script.folder, 'started'))) === `${script.folder}\n`,
    )
    assert.equal(await textOf(path.join(script.folder, 'PWN')), undefined)
  })

  for (const name of [
    'a.b',
    'a:b',
    'z#(touch PWN)',
    '$0',
    '@1',
    '%1',
    '=eq',
    '~',
    '*',
    'a b',
    'a\u001B',
    'a\n',
    '',
    'ż',
    'x'.repeat(300),
    'other:1.0',
    '{last}',
    '!',
  ]) {
    it(`is refused for a session or project called ${JSON.stringify(name.slice(0, 20))} (F-049, A-001, A-025 to A-028)`, async () => {
      const script = await scriptIn(throwAway.folder, 'worker-1')
      await assert.rejects(backend.open(request(script, {session: name})), RangeError)
      await assert.rejects(backend.open(request(script, {project: name})), RangeError)
      await assert.rejects(backend.open(request(script, {id: name})), RangeError)
      assert.equal(await serverPid(throwAway.host), undefined)
    })
  }

  it('is refused for a script whose path tmux would change, or that is not absolute', async () => {
    const script = await scriptIn(throwAway.folder, 'worker-1')
    for (const file of ['run.sh', `${script.folder}/a\nb`, `${script.folder}/${'x'.repeat(20_000)}`]) {
      await assert.rejects(backend.open(request(script, {script: file})), RangeError)
    }
  })
})

function withoutPs(host: PluginHost): PluginHost['run'] {
  return async (program, ...rest) => {
    if (path.basename(program) === 'ps') throw new Error('ps did not end in time.')
    return host.run(program, ...rest)
  }
}

describe('the tmux server', () => {
  let throwAway: ThrowAway

  afterEach(() => throwAway.remove())

  /** A host and one terminal on it. */
  async function withTerminal(body?: string, env: NodeJS.ProcessEnv = {}, title = 'A session', name?: string) {
    throwAway = await throwAwayHost(name, env)
    const backend = tmuxBackend(throwAway.host)
    const script = await scriptIn(throwAway.folder, 'worker-1', body)
    const ref = await backend.open({id: 'a', project: 'kit', session: 'worker-1', title, script: script.file})
    return {
      ...throwAway,
      backend,
      script,
      ref,
      ask: (...commands: string[][]) => askTmux(throwAway.host, socketPath(throwAway.host), commands),
    }
  }

  it('keeps nothing of whoever starts it, and names nothing in the list of processes (F-052, F-053, A-032)', async () => {
    const secret = {MY_SECRET: 'hunter2', LC_ALL: 'C.UTF-8'}
    const {host, script, ask} = await withTerminal('env >started; exec cat', secret, 'a private title')
    let env = ''
    await until('it has started', async () =>
      (env = (await textOf(path.join(script.folder, 'started'))) ?? '').includes('TMUX='),
    )
    const names = env.split('\n').flatMap(line => line.split('=')[0] || [])
    const known = /^(HOME|PATH|LANG|LC_.*|SHELL|USER|LOGNAME|TERM|TERM_PROGRAM.*|TMUX|TMUX_PANE|PWD|OLDPWD|SHLVL|_)$/
    assert.deepEqual(
      names.filter(name => !known.test(name)),
      [],
    )
    assert.doesNotMatch(await ask(['show-environment', '-g']), /SECRET|hunter2/)
    const ps = host.findProgram('ps')
    assert.ok(ps)
    const {stdout} = await host.run(ps, ['-ww', '-o', 'args=', '-p', String(await serverPid(host))])
    assert.match(stdout, /start-server|tmux: server/)
    assert.doesNotMatch(stdout, /private|worker-1/)
  })

  it('reads no configuration but its own (F-044, F-045, F-046, F-047, A-033)', async () => {
    throwAway = await throwAwayHost()
    const {host, folder} = throwAway
    const home = path.join(folder, 'home')
    await mkdir(path.join(home, '.config/tmux'), {recursive: true})
    const hostile = [
      'set -g destroy-unattached on',
      "set -s command-alias[99] new-session='kill-server'",
      'set -g base-index 1',
      'set -g pane-base-index 1',
      `set-hook -g session-created 'run-shell "touch ${folder}/canary"'`,
      'set -g default-command /bin/false',
      'set -g default-shell /bin/false',
    ].join('\n')
    await writeFile(path.join(home, '.tmux.conf'), hostile)
    await writeFile(path.join(home, '.config/tmux/tmux.conf'), hostile)
    const script = await scriptIn(folder, 'worker-1')
    await writeFile(path.join(script.folder, '.tmux.conf'), hostile)
    const backend = tmuxBackend({...host, env: {...host.env, HOME: home, XDG_CONFIG_HOME: path.join(home, '.config')}})
    const ref = await backend.open({id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file})
    await script.started()
    await backend.dashboard.show({project: 'kit', windows: [{ref, title: 'planner'}], status: ''})
    assert.deepEqual(await backend.survey([ref]), ['open'])
    assert.equal(await textOf(path.join(folder, 'canary')), undefined)
  })

  it('answers in UTF-8 where the locale is C (F-048)', async () => {
    const body = `printf 'za\\305\\274\\303\\263\\305\\202\\304\\207\\n'; exec cat`
    const {backend, ref, ask} = await withTerminal(body, {LC_ALL: 'C', LANG: 'C'}, 'zażółć', 'zółć')
    await until('the text shows', async () => (await backend.screen?.(ref)) === 'zażółć')
    assert.equal(await ask(['list-windows', '-a', '-F', '#{window_name}']), 'zażółć\n')
    assert.deepEqual(await backend.survey([ref]), ['open'])
  })

  it('pins what a program could change around it (A-016, A-020, A-021)', async () => {
    const {ask} = await withTerminal()
    const value = async (...option: string[]) =>
      (await ask(['show-options', '-q', '-v', '-A', '-t', '=cp-kit-worker-1:', ...option])).trim()
    assert.deepEqual(
      [
        await value('-s', 'set-clipboard'),
        await value('-w', 'allow-rename'),
        await value('-w', 'automatic-rename'),
        await value('-p', 'allow-passthrough'),
      ],
      ['off', 'off', 'off', 'off'],
    )
  })

  it('stands in no folder of anybody’s', async function () {
    if (process.platform !== 'linux') this.skip()
    const {host} = await withTerminal()
    assert.equal(await readlink(`/proc/${await serverPid(host)}/cwd`), '/')
  })

  for (const [what, env, change] of [
    ['is cut short by the locale', {LC_ALL: 'C'}, () => ({})],
    ['does not come', {}, (host: PluginHost) => ({run: withoutPs(host)})],
    [
      'cannot be asked for',
      {},
      (host: PluginHost) => ({findProgram: (name: string) => (name === 'ps' ? undefined : host.findProgram(name))}),
    ],
  ] as const) {
    it(`is not taken for ended when the list of processes ${what}`, async () => {
      const {host, ref} = await withTerminal(undefined, env, '', 'zółć')
      const pid = await serverPid(host)
      assert.ok(pid)
      await rm(socketPath(host))
      try {
        assert.deepEqual(await tmuxBackend({...host, ...change(host)}).survey([ref]), ['unknown'])
      } finally {
        process.kill(pid)
      }
    })
  }

  it('survives a working folder that is removed', async () => {
    const {backend, folder, script, ref} = await withTerminal()
    await script.started()
    await rm(script.folder, {recursive: true})
    const second = await scriptIn(folder, 'worker-2')
    const other = await backend.open({id: 'b', project: 'kit', session: 'worker-2', title: '', script: second.file})
    await second.started()
    assert.deepEqual(await backend.survey([ref, other]), ['open', 'open'])
  })
})
