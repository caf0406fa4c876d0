import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'

import * as fc from 'fast-check'

import {argument, literal} from '../src/quoting.ts'
import {privateSocket} from '../src/socket.ts'
import {askTmux} from '../src/tmux.ts'
import {textOf as fileText, type ThrowAway, throwAwayHost, until} from './throw-away.ts'

/** Much of what tmux and shells read as more than text. */
const SPECIAL = [
  ' ',
  '#(touch canary)',
  '$(touch canary)',
  ...'; \\ # - \' " $ ` = ~ %H #{pid} #[fg=red] 🚧 \n \uD83D'.split(' '),
]

/** Anything a string can hold. */
const text = textOf('binary')
/** A name shows characters without a shape by their numbers. */
const printable = textOf('grapheme-ascii')

/** tmux puts a backslash before some characters of a name, and leaves `##[` for the status line to read. */
function asNamed(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll(/\$(?=[A-Za-z_{])/g, String.raw`\$`)
    .replaceAll(/#+(?=\[)/g, hashes => hashes + hashes)
}

function textOf(unit: 'binary' | 'grapheme-ascii'): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.string({unit, maxLength: 4}), fc.constantFrom(...SPECIAL)), {maxLength: 6})
    .map(parts => parts.join(''))
}

describe('text through tmux', () => {
  let throwAway: ThrowAway
  let socket: string
  let count = 0

  before(async () => {
    throwAway = await throwAwayHost()
    socket = await privateSocket(throwAway.host)
    const {host} = throwAway
    await askTmux(host, socket, [['new-session', '-d', '-s', 'keeper', '--', '/bin/sh', '-c', 'exec cat']])
  })

  after(() => throwAway.remove())

  it('arrives byte for byte as the arguments of a program, or is refused (A-010, A-011, A-013)', async () => {
    const {host, folder} = throwAway
    const recorder = path.join(folder, 'record.sh')
    await writeFile(recorder, `out=$1; shift; printf '%s\\0' "$@" >"$out.new"; mv "$out.new" "$out"\n`)
    await fc.assert(
      fc.asyncProperty(fc.array(text, {minLength: 1, maxLength: 4}), async words => {
        const out = path.join(folder, `words-${++count}`)
        const open = askTmux(
          host,
          socket,
          [['new-window', '-d', '-t', '=keeper:', '--', '/bin/sh', recorder, out, ...words]],
          {cwd: folder},
        )
        if (words.some(isRefused)) {
          await assert.rejects(open, RangeError)
          return
        }
        await open
        let recorded: string | undefined
        await until(`${JSON.stringify(words)} arrived`, async () => {
          recorded = await fileText(out)
          return recorded !== undefined
        })
        assert.deepEqual(recorded?.split('\0').slice(0, -1), words)
      }),
      {numRuns: 150},
    )
    assert.equal(await fileText(path.join(folder, 'canary')), undefined)
  })

  it('arrives byte for byte as the value of an option, or is refused (A-010, A-011)', async () => {
    const {host, folder} = throwAway
    await fc.assert(
      fc.asyncProperty(text, async value => {
        const call = askTmux(
          host,
          socket,
          [
            ['set-option', '-t', '=keeper:', '--', '@value', value],
            ['show-options', '-v', '-t', '=keeper:', '@value'],
          ],
          {cwd: folder},
        )
        if (isRefused(value)) await assert.rejects(call, RangeError)
        else assert.equal(await call, `${value}\n`)
      }),
      {numRuns: 150},
    )
  })

  it('is a window’s name and runs no part of it, or is refused (A-002, A-004)', async () => {
    const {host, folder} = throwAway
    await fc.assert(
      fc.asyncProperty(printable, async name => {
        const call = askTmux(
          host,
          socket,
          [
            ['rename-window', '-t', '=keeper:', '--', literal(name)],
            ['list-windows', '-t', '=keeper:', '-f', '#{window_active}', '-F', '#{window_name}'],
          ],
          {cwd: folder},
        )
        if (isRefused(name)) await assert.rejects(call, RangeError)
        else assert.equal(await call, `${asNamed(name)}\n`)
      }),
      {numRuns: 150},
    )
    assert.equal(await fileText(path.join(folder, 'canary')), undefined)
  })

  function isRefused(text: string): boolean {
    try {
      argument(text)
      return false
    } catch (error) {
      assert.ok(error instanceof RangeError)
      assert.match(text, /[\p{Cc}\p{Cs}]/u)
      return true
    }
  }
})
