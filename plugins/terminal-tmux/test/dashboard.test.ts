import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {pasteable} from '../src/quoting.ts'
import {socketPath} from '../src/socket.ts'
import {askTmux} from '../src/tmux.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {requireRef} from '../src/tmux-ref.ts'
import {
  endServer,
  isRunning,
  LASTING,
  type Script,
  scriptIn,
  type ThrowAway,
  textOf,
  throwAwayHost,
  until,
  viewer,
} from './throw-away.ts'

describe('the dashboard in tmux', () => {
  let throwAway: ThrowAway
  let backend: ReturnType<typeof tmuxBackend>

  beforeEach(async () => {
    throwAway = await throwAwayHost()
    backend = tmuxBackend(throwAway.host)
  })

  afterEach(() => throwAway.remove())

  interface Opened {
    ref: TerminalRef
    script: Script
    window: string
  }

  async function open(session: string, body?: string): Promise<Opened> {
    const script = await scriptIn(throwAway.folder, session, body)
    const ref = await backend.open({id: session, project: 'kit', session, title: session, script: script.file})
    await script.started()
    return {ref, script, window: requireRef(ref).window}
  }

  const show = (opened: readonly Opened[], status = 'all is well') =>
    backend.dashboard.show({
      project: 'kit',
      windows: opened.map(({ref}, index) => ({ref, title: `title ${index}`})),
      status,
    })

  const ask = (...commands: string[][]) => askTmux(throwAway.host, socketPath(throwAway.host), commands)

  const windows = async (format = '#{window_id}') =>
    (await ask(['list-windows', '-t', '=cp-kit:', '-F', format])).split('\n').filter(line => line !== '')

  it('shows the windows in order, under their titles, and nothing else', async () => {
    const [planner, first, second] = [await open('planner'), await open('worker-1'), await open('worker-2')]
    await show([planner, second, first])
    assert.deepEqual(await windows('#{window_id} #{window_name} #{window_active}'), [
      `${planner.window} title 0 1`,
      `${second.window} title 1 0`,
      `${first.window} title 2 0`,
    ])
  })

  it('shows more windows than one call of tmux can name', async () => {
    const first = requireRef((await open('planner')).ref)
    const more = ['new-window', '-d', '-t', `${first.session}:`, 'exec cat']
    for (let made = 0; made < 120; made += 4) await ask(more, more, more, more)
    const panes = await ask(['list-panes', '-s', '-t', first.session, '-F', '#{window_id} #{pane_id}'])
    const refs = panes
      .trim()
      .split('\n')
      .map(line => line.split(' '))
      .map(([window = '', pane = '']) => ({...first, window, pane}))
    const titles = refs.map((_, index) => `${index} ${'long '.repeat(11)}`.trim())
    const shown = refs.map((ref, index) => ({ref, title: titles[index] ?? ''}))
    await backend.dashboard.show({project: 'kit', windows: shown, status: 'many'})
    assert.deepEqual(
      await windows('#{window_id} #{window_name}'),
      refs.map(({window}, index) => `${window} ${titles[index]}`),
    )
  })

  it('changes nothing when it shows the same again, also many times at once', async () => {
    const opened = [await open('planner'), await open('worker-1')]
    await Promise.all(Array.from({length: 8}, () => show(opened)))
    const before = await windows('#{window_index} #{window_id} #{window_name}')
    await show(opened)
    assert.deepEqual(await windows('#{window_index} #{window_id} #{window_name}'), before)
    assert.deepEqual(
      await windows(),
      opened.map(({window}) => window),
    )
  })

  it('comes to show whatever comes next, and ends no terminal on the way', async () => {
    const opened = [await open('planner'), await open('worker-1'), await open('worker-2'), await open('worker-3')]
    for (const order of [[0], [0, 1, 2, 3], [3, 1], [2, 0], [1, 0, 3, 2], [0, 2]]) {
      const wanted = order.map(index => opened[index]).filter(one => one !== undefined)
      await show(wanted)
      assert.deepEqual(
        await windows(),
        wanted.map(({window}) => window),
      )
    }
    assert.deepEqual(new Set(await backend.survey(opened.map(({ref}) => ref))), new Set(['open']))
    for (const {script} of opened) assert.ok(isRunning(await script.started()))
  })

  it('keeps the window that a person looks at when others come and go', async () => {
    const [planner, first, second] = [await open('planner'), await open('worker-1'), await open('worker-2')]
    await show([planner, first])
    await ask(['select-window', '-t', `=cp-kit:${first.window}`])
    await show([second, first])
    await show([second, planner, first])
    assert.deepEqual(await windows('#{window_id} #{window_active}'), [
      `${second.window} 0`,
      `${planner.window} 0`,
      `${first.window} 1`,
    ])
  })

  it('goes on when a terminal in it ends, and shows the rest', async () => {
    const planner = await open('planner', 'echo $$ >started; while [ ! -e go ]; do sleep 0.1; done')
    const [first, second] = [await open('worker-1'), await open('worker-2')]
    await show([planner, first, second])
    await backend.close(first.ref)
    assert.deepEqual(await windows(), [planner.window, second.window])
    await writeFile(path.join(planner.script.folder, 'go'), '')
    await until(
      'the planner has ended',
      async () => (await backend.survey([planner.ref]))[0] === 'gone' && (await windows()).length === 1,
    )
    assert.deepEqual(await windows(), [second.window])
    await show([planner, first, second])
    assert.deepEqual(await windows(), [second.window])
  })

  it('closes without ending what it showed (F-037)', async () => {
    const opened = [await open('planner'), await open('worker-1')]
    await show(opened)
    await backend.dashboard.close('kit')
    assert.equal(await backend.dashboard.wayBack('kit'), undefined)
    assert.deepEqual(await backend.survey(opened.map(({ref}) => ref)), ['open', 'open'])
    for (const {script} of opened) assert.ok(isRunning(await script.started()))
    await backend.dashboard.close('kit')
  })

  it('never ends a terminal that is shown nowhere else', async () => {
    const [planner, first] = [await open('planner'), await open('worker-1')]
    await show([planner, first])
    await ask(['kill-session', '-t', '=cp-kit-worker-1:'])
    await show([planner])
    assert.deepEqual(await windows(), [planner.window, first.window])
    await backend.dashboard.close('kit')
    assert.deepEqual(await backend.survey([planner.ref, first.ref]), ['open', 'open'])
    assert.ok(isRunning(await first.script.started()))
  })

  it('ends when nothing is left to show', async () => {
    const planner = await open('planner')
    await show([planner])
    await show([])
    assert.equal(await backend.dashboard.wayBack('kit'), undefined)
    assert.deepEqual(await backend.survey([planner.ref]), ['open'])
    await backend.close(planner.ref)
    await show([planner])
    assert.equal(await backend.dashboard.wayBack('kit'), undefined)
  })

  it('shows no window of another server’s life (F-035)', async () => {
    const before = await open('planner')
    await endServer(throwAway.host)
    const now = await open('worker-1')
    assert.equal(now.window, before.window)
    await show([before])
    assert.equal(await backend.dashboard.wayBack('kit'), undefined)
  })

  it('is made by the next call when the one that made it was killed half-way', async () => {
    const planner = await open('planner')
    await ask(
      ['new-session', '-d', '-s', 'cp-kit', '--', '/bin/sh', '-c', 'exec cat'],
      ['set-option', '-p', '-t', '=cp-kit:', '@codex_planner_id', '.placeholder'],
      ['set-option', '-t', '=cp-kit:', '@codex_planner_dashboard', 'kit'],
    )
    await show([planner])
    assert.deepEqual(await windows(), [planner.window])
  })

  it('does not touch a session of its name that is something else', async () => {
    const planner = await open('planner')
    await ask(['new-session', '-d', '-s', 'cp-kit', '--', '/bin/sh', '-c', 'exec cat'])
    const {dashboard} = backend
    for (const call of [() => show([planner]), () => dashboard.wayBack('kit'), () => dashboard.close('kit')]) {
      await assert.rejects(call, /cp-kit is not a dashboard/)
    }
    assert.equal((await windows()).length, 1)
  })

  it('draws any title and status as they are, and runs no part of them (A-002, A-004, A-005, A-019)', async () => {
    const planner = await open('planner')
    const canary = path.join(throwAway.folder, 'canary')
    const title = `T#(touch ${canary})#[fg=red]#{pid};`
    const status = `S#(touch ${canary})#[fg=red]#{pid} %H %% 3 questions;`
    await backend.dashboard.show({project: 'kit', windows: [{ref: planner.ref, title}], status})
    const person = await viewer(throwAway, await lineTo('kit'))
    await until('the status line shows', async () => (await person.shows()).includes('questions'))
    const line = (await person.shows()).trimEnd().split('\n').at(-1) ?? ''
    assert.ok(line.includes(title), line)
    assert.ok(line.includes(status), line)
    assert.equal(await textOf(canary), undefined)
  })

  it('runs nothing that a program puts into its titles, nor its folder’s name (A-014, A-016, A-017, A-018)', async () => {
    const {host, folder} = throwAway
    backend = tmuxBackend({...host, env: {...host.env, HOME: folder}})
    const command = '#(cd;touch canary)'
    const planner = await open(
      'planner',
      [
        'echo $$ >started; while [ ! -e go ]; do sleep 0.1; done',
        `mkdir 'cw${command}'; cd 'cw${command}'; cp /bin/sleep './${command}'`,
        `printf '\\033]2;O${command}#{E:@x}\\007\\033kRENAMED${command}\\033\\\\'`,
        `'./${command}' 1000`,
      ].join('\n'),
    )
    await show([planner])
    const person = await viewer(throwAway, await lineTo('kit'))
    await writeFile(path.join(planner.script.folder, 'go'), '')
    await until('the title has arrived', async () =>
      (await ask(['list-panes', '-a', '-F', '#{pane_title}'])).startsWith(`O${command}`),
    )
    assert.deepEqual(await windows('#{window_name}'), ['title 0'])
    await backend.dashboard.show({
      project: 'kit',
      windows: [{ref: planner.ref, title: 'title 0'}],
      status: 'drawn since',
    })
    await until('the status line was drawn since', async () => (await person.shows()).includes('drawn since'))
    await ask(['run-shell', 'sleep 0.3'])
    assert.equal(await textOf(path.join(folder, 'canary')), undefined)
  })

  for (const project of ['#(touch x)', 'a:b', '', '$1']) {
    it(`is refused for a project called ${JSON.stringify(project)} (A-001)`, async () => {
      const {ref} = await open('planner')
      const {dashboard} = backend
      await assert.rejects(dashboard.show({project, windows: [{ref, title: ''}], status: ''}), RangeError)
      await assert.rejects(dashboard.wayBack(project), RangeError)
      await assert.rejects(dashboard.close(project), RangeError)
    })
  }

  it('is where a person lands, and stays there while workers come and go', async () => {
    const [planner, first] = [await open('planner', `echo 'the planner speaks'; ${LASTING}`), await open('worker-1')]
    await show([planner, first])
    const person = await viewer(throwAway, await lineTo('kit'))
    await until('the planner shows', async () => (await person.shows()).includes('the planner speaks'))
    const second = await open('worker-2')
    await show([planner, second], '1 question')
    await until('the status shows', async () => (await person.shows()).includes('1 question'))
    assert.match(await person.shows(), /the planner speaks/)
    await backend.close(second.ref)
    await backend.close(first.ref)
    assert.match(await person.shows(), /the planner speaks/)
  })

  it('loses the window of a session that ended well while a person looks, and nobody asks', async () => {
    const planner = await open('planner')
    const workers: Opened[] = []
    for (let count = 0; count < 6; count++) {
      workers.push(await open(`worker-${count}`, 'echo $$ >started; while [ ! -e go ]; do sleep 0.1; done'))
    }
    await show([planner, ...workers])
    const person = await viewer(throwAway, await lineTo('kit'))
    await until('the status line shows', async () => (await person.shows()).includes('all is well'))
    for (const {script} of workers) await writeFile(path.join(script.folder, 'go'), '')
    await until('only the planner is shown', async () => (await windows()).length === 1)
  })

  /** As a person in another tmux is told. */
  async function lineTo(project: string): Promise<string> {
    const way = await backend.dashboard.wayBack(project)
    assert.ok(way && 'command' in way)
    return pasteable(['env', '-u', 'TMUX', ...way.command])
  }
})
