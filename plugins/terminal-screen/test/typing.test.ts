import assert from 'node:assert/strict'
import {readdir} from 'node:fs/promises'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {screenBackend} from '../src/screen-backend.ts'
import {hasAppeared, partsOf} from '../src/typing.ts'
import {literal} from '../src/words.ts'
import {type Script, scriptIn, type ThrowAway, throwAwayHost, until} from './throw-away.ts'

const READ = 'echo ready; IFS= read -r line; printf %s "$line" >line.new; mv line.new line; sleep 1000'

describe('text typed into a window of screen', () => {
  let throwAway: ThrowAway
  let backend: ReturnType<typeof screenBackend>

  beforeEach(async () => {
    throwAway = await throwAwayHost({name: 'a state $HOME ^A-'})
    backend = screenBackend(throwAway.host)
  })
  afterEach(() => throwAway.remove())

  async function open(body: string): Promise<{ref: TerminalRef; script: Script}> {
    const script = await scriptIn(throwAway.folder, 'worker-1', body)
    const ref = await backend.open({id: 'a', project: 'kit', session: 'worker-1', title: '', script: script.file})
    await until('it is ready', async () => ((await backend.screen?.(ref)) ?? '').includes('ready'))
    return {ref, script}
  }

  const type = async (ref: TerminalRef, text: string) => backend.type?.(ref, text)

  const RAW = (bytes: number) =>
    `stty -icanon -icrnl; echo ready; dd bs=1 count=${bytes} of=bytes.new 2>/dev/null; mv bytes.new bytes; sleep 1000`

  it('is neither expanded nor cut, and no line break in it is an Enter', async () => {
    const text = String.raw`$HOME \n \015 ^A ^^ %n "q" 'q' 漢字 żółw 🚧 \ ` + '\nsecond line;'
    const {ref, script} = await open(RAW(Buffer.byteLength(text) + 1))
    await type(ref, text)
    assert.equal(await script.wrote('bytes'), `${text}\r`)
  })

  it('arrives whole when it is longer than a command may be (F-050)', async () => {
    const text = `${'0123456789'.repeat(2000)}end`
    const {ref, script} = await open(RAW(text.length + 1))
    await type(ref, text)
    assert.equal(await script.wrote('bytes'), `${text}\r`)
  })

  it('is not submitted when the program does not show it', async () => {
    const {ref, script} = await open(`stty -echo; ${READ}`)
    await assert.rejects(type(ref, 'yes'), /does not show in the terminal, so it was not submitted\.$/)
    assert.equal((await readdir(script.folder)).includes('line'), false)
  })

  it('is refused when there is nothing to see of it', async () => {
    const {ref} = await open(READ)
    for (const text of ['', ' \n', '\u0301', '\u001B\u0007']) await assert.rejects(type(ref, text), RangeError)
  })
})

describe('the parts a text is typed in', () => {
  it('are each short enough for screen as they are written for it, and split between characters', () => {
    const parts = partsOf('$漢'.repeat(500))
    assert.deepEqual(new Set(parts.map(part => Buffer.byteLength(literal(part)))), new Set([500]))
    assert.equal(parts.join(''), '$漢'.repeat(500))
    assert.deepEqual(partsOf('🚧'.repeat(126)), ['🚧'.repeat(125), '🚧'])
  })
  it('are none of nothing', () => assert.deepEqual(partsOf(''), []))
})

describe('whether typed text has appeared', () => {
  const rows: [title: string, typed: string, before: string, after: string, appeared: boolean][] = [
    ['as it was typed', 'hello', '> ', '> hello', true],
    ['with a line broken anywhere', 'hello world', '', 'hello w\norld', true],
    ['a second time', 'yes', 'yes', 'yes yes', true],
    ['not, when it stood there before', 'yes', 'yes', 'yes', false],
    ['not, when something else did', 'hello', '', 'help', false],
    ['as the lower halves of its characters', '漢字 ok', '', '"W ok', true],
    ['as screen 5 shows it', '漢字 ok', '', '漢字 ok', true],
    ['behind an accent that screen shows as another sign', 'cafe\u0301 au lait', '', 'caf\u0007 au lait', true],
    ['as the mark of a long paste', 'x'.repeat(4000), '', '[Pasted Content 4000 chars]', true],
  ]
  for (const [title, typed, before, after, appeared] of rows) {
    it(`is seen ${title}`, () => assert.equal(hasAppeared(typed, before, after), appeared))
  }
})
