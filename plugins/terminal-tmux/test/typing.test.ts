import assert from 'node:assert/strict'
import {stat} from 'node:fs/promises'
import path from 'node:path'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {socketPath} from '../src/socket.ts'
import {askTmux} from '../src/tmux.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {hasAppeared} from '../src/typing.ts'
import {type Script, scriptIn, type ThrowAway, textOf, throwAwayHost, until} from './throw-away.ts'

describe('text typed into a terminal of tmux', () => {
  let throwAway: ThrowAway
  let backend: ReturnType<typeof tmuxBackend>

  beforeEach(async () => {
    throwAway = await throwAwayHost()
    backend = tmuxBackend(throwAway.host)
  })

  afterEach(() => throwAway.remove())

  async function open(body: string): Promise<{ref: TerminalRef; script: Script}> {
    const script = await scriptIn(throwAway.folder, 'worker-1', `${body}\nexec cat`)
    const ref = await backend.open({id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file})
    await until('it is ready', async () => (await shows(ref)).includes('ready'))
    return {ref, script}
  }

  const ask = (...commands: string[][]) => askTmux(throwAway.host, socketPath(throwAway.host), commands)
  const shows = async (ref: TerminalRef) => (await backend.screen?.(ref)) ?? ''
  const type = async (ref: TerminalRef, text: string) => backend.type?.(ref, text)

  async function written(script: Script, file: string): Promise<string> {
    let text: string | undefined
    await until(`${file} is written`, async () => (text = await textOf(path.join(script.folder, file))) !== undefined)
    return text ?? ''
  }

  const READ = 'echo ready; IFS= read -r line; printf %s "$line" >line.new; mv line.new line'

  it('arrives as one paste where a program asks for pastes, and Enter comes apart (F-050)', async () => {
    const read = (count: number) => `dd bs=1 count=${count} 2>/dev/null`
    const {ref, script} = await open(
      `stty -echo -icanon -icrnl; printf '\\033[?2004hready\\n'; ${read(24)} >raw; tr -d '\\033' <raw; ${read(1)} >>raw; od -An -c raw >new; mv new bytes`,
    )
    await type(ref, 'line 1\nline2')
    const seen = (await written(script, 'bytes')).replaceAll(/\s+/g, ' ').trim()
    assert.equal(seen, String.raw`033 [ 2 0 0 ~ l i n e 1 \n l i n e 2 033 [ 2 0 1 ~ \r`)
  })

  it('cannot end the paste early and type the rest as keys (A-022)', async () => {
    const {ref, script} = await open(READ)
    await type(ref, 'harmless\u001B[201~ rest')
    assert.equal(await written(script, 'line'), 'harmless[201~ rest')
  })

  it('arrives whole when it is longer than a command may be (F-050)', async () => {
    const text = `${'0123456789'.repeat(10_000)}end`
    // It shows the end itself: of an echo this long, the kernel holds back the end until something else is written.
    const read = `head -c ${text.length} >all.new; tail -c 24 all.new; mv all.new all`
    const {ref, script} = await open(`stty -icanon -echo; echo ready; ${read}`)
    await type(ref, text)
    await written(script, 'all')
    assert.equal((await stat(path.join(script.folder, 'all'))).size, text.length)
    assert.equal(await textOf(path.join(script.folder, 'all')), text)
  })

  it('is submitted also while a person scrolls back', async () => {
    const {ref, script} = await open(READ)
    await ask(['copy-mode', '-t', '=cp-kit-worker-1:'])
    await type(ref, 'hello')
    assert.equal(await written(script, 'line'), 'hello')
  })

  it('is not submitted when it does not show: Enter would answer another question', async () => {
    const {ref, script} = await open(`stty -echo; ${READ}`)
    await assert.rejects(type(ref, 'a password'), /does not show/)
    assert.equal(await textOf(path.join(script.folder, 'line')), undefined)
  })

  it('is refused when nothing is left of it', async () => {
    const {ref} = await open(READ)
    for (const text of ['', ' \n', '\u001B\u0003']) await assert.rejects(type(ref, text), RangeError)
  })

  it('leaves nothing behind in tmux, and goes nowhere when the terminal is gone', async () => {
    const {ref} = await open(READ)
    await type(ref, 'hello')
    assert.equal(await ask(['list-buffers']), '')
    await ask(['new-session', '-d', '-s', 'keeper', '--', '/bin/sh', '-c', 'exec cat'])
    await backend.close(ref)
    await assert.rejects(type(ref, 'hello'), /tmux says/)
    assert.equal(await ask(['list-buffers']), '')
  })
})

describe('typed text', () => {
  for (const [title, typed, before, after, appeared] of [
    ['shows where it stands', 'hello there', '> ', '> hello there', true],
    ['shows although the program broke its lines', 'one two three', '>', '> one\n  two  \n three', true],
    [
      'shows by its end when its beginning scrolled away',
      `${'x'.repeat(500)} the very end of it`,
      '>',
      `> ${'x'.repeat(90)} the very\nend of it`,
      true,
    ],
    ['shows as a mark in its place', 'line\n'.repeat(200), '>', '> [Pasted Content 1000 chars]', true],
    ['shows a second time', 'again', 'said: again\n>', 'said: again\n> again', true],
    ['does not show when it was there before', 'again', 'said: again\n⠋', 'said: again\n⠙', false],
    [
      'does not show when only a mark of before is there',
      'x',
      '[Pasted Content 9 chars]',
      '[Pasted Content 9 chars]\n⠙',
      false,
    ],
    ['does not show in part', 'hello there', '>', '> hello', false],
  ] as const) {
    it(title, () => {
      assert.equal(hasAppeared(typed, before, after), appeared)
    })
  }
})
