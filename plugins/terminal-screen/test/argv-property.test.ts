import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {mkdir, readdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import * as fc from 'fast-check'

import {screenBackend} from '../src/screen-backend.ts'
import {scriptIn, type ThrowAway, throwAwayHost} from './throw-away.ts'

/** Much of what shells, screen and its command lines read as more than text. */
const SPECIAL = [
  ' ',
  '$(touch canary)',
  '`touch canary`',
  ...'; \\ # ^A ^ - -- -X %t %{r} %` %n \' " $HOME $ ` ~ * ? [a] 🚧 \n \t \r \u001B]0;x\u0007 \u009B \uD83D'.split(' '),
]

/** Anything a string can hold. */
const text = fc
  .array(fc.oneof(fc.string({unit: 'binary', maxLength: 4}), fc.constantFrom(...SPECIAL)), {maxLength: 6})
  .map(parts => parts.join(''))

/** A folder's name may hold all but these. */
const name = text.filter(text => !text.includes('/') && text !== '' && text !== '.' && text !== '..')

const isRefused = (text: string) => /[\0\p{Cs}]/u.test(text)

describe('text through screen', function () {
  this.timeout(120_000)
  let throwAway: ThrowAway

  before(async () => {
    throwAway = await throwAwayHost()
  })
  after(() => throwAway.remove())

  it('is a script’s path and a title: the path arrives byte for byte or is refused, and nothing of either is run', async () => {
    const backend = screenBackend(throwAway.host)
    let count = 0
    await fc.assert(
      fc.asyncProperty(name, text, async (folder, title) => {
        const id = `start-${++count}`
        const out = await scriptIn(throwAway.folder, id)
        const home = path.join(out.folder, folder)
        const script = path.join(home, 'run.sh')
        const request = {id, project: 'kit', session: 'worker-1', title, script}
        if (isRefused(folder)) {
          await assert.rejects(backend.open(request), RangeError)
          return
        }
        await mkdir(home, {recursive: true})
        await writeFile(
          script,
          `printf '%s\\0' "$0" "$#" >'${out.folder}/new'; mv '${out.folder}/new' '${out.folder}/words'`,
        )
        await backend.open(request)
        assert.equal(await out.wrote('words'), [script, '0', ''].join('\0'))
        assert.deepEqual(await readdir(home), ['run.sh'])
      }),
      {numRuns: 60},
    )
    assert.equal(existsSync('/canary'), false)
  })
})
