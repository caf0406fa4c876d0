import assert from 'node:assert/strict'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'

import * as fc from 'fast-check'

import {desktopBackend} from '../src/desktop-backend.ts'
import {EMULATOR} from '../src/emulators.ts'
import {bareEnvironment} from '../src/surroundings.ts'
import {oneLine} from '../src/title.ts'
import {type ThrowAwayDesktop, textOf, throwAwayDesktop, until} from './throw-away-desktop.ts'

/** Much of what shells, terminals and their command lines read as more than text. */
const SPECIAL = [
  ' ',
  '$(touch canary)',
  '`touch canary`',
  ...'; \\ # - -- -e -T +hold % %s \' " $ ` = ~ * ? [a] 🚧 \n \t \r \u001B]0;x\u0007 \u009B \uD83D'.split(' '),
]

/** Anything a string can hold. */
const text = fc
  .array(fc.oneof(fc.string({unit: 'binary', maxLength: 4}), fc.constantFrom(...SPECIAL)), {maxLength: 6})
  .map(parts => parts.join(''))

/** A folder's name may hold all but these. */
const name = text.filter(text => !text.includes('/') && text !== '' && text !== '.' && text !== '..')

const isRefused = (text: string) => /[\0\p{Cs}]/u.test(text)

for (const emulator of ['gnome-terminal', 'xterm'] as const) {
  describe(`text through ${emulator}`, function () {
    this.timeout(240_000)
    let desktop: ThrowAwayDesktop
    let count = 0

    // One for each: the server of gnome-terminal ends with its last window, and what is asked of it meanwhile is lost.
    beforeEach(async () => {
      desktop = await throwAwayDesktop()
    })
    afterEach(() => desktop?.close())

    it('is a script’s path and a title: the path arrives byte for byte or is refused, and nothing of either is run (A-102, A-103, A-104, A-105)', async () => {
      const host = await desktop.host({settings: {emulator}})
      const backend = desktopBackend(host)
      await fc.assert(
        fc.asyncProperty(name, text, async (folder, title) => {
          const id = `start-${++count}`
          const home = path.join(desktop.folder, `paths-${count}`, folder)
          const script = path.join(home, 'run.sh')
          const request = {id, project: 'kit', session: 'worker-1', title, script}
          if (isRefused(folder)) {
            await assert.rejects(backend.open(request), RangeError)
            return
          }
          await mkdir(home, {recursive: true})
          const out = path.join(desktop.folder, `out-${count}`)
          await writeFile(
            script,
            `printf '%s\\0' "$0" "$#" >'${out}.new'; mv '${out}.new' '${out}'; while :; do sleep 1; done`,
          )
          const ref = await backend.open(request)
          let recorded: string | undefined
          await until(`${JSON.stringify(folder)} arrived`, async () => {
            recorded = await textOf(out)
            return recorded !== undefined
          })
          assert.deepEqual(recorded?.split('\0'), [script, '0', ''])
          assert.equal(ref['title'], oneLine(title) || 'worker-1')
          assert.equal(await backend.close(ref), 'gone')
          await rm(path.join(desktop.folder, `paths-${count}`), {recursive: true})
        }),
        {numRuns: 60},
      )
      assert.equal(await textOf(path.join(desktop.folder, 'canary')), undefined)
      assert.equal(await textOf('/canary'), undefined)
    })

    it('arrives byte for byte as the arguments of a program (A-104, A-105)', async () => {
      const host = await desktop.host()
      const recorder = path.join(desktop.folder, 'record.sh')
      await writeFile(recorder, `out=$1; shift; printf '%s\\0' "$@" >"$out.new"; mv "$out.new" "$out"; sleep 1000`)
      // A window that stays keeps the server of gnome-terminal from ending between two others.
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            text.filter(text => !isRefused(text)),
            {minLength: 1, maxLength: 4},
          ),
          async words => {
            const out = path.join(desktop.folder, `words-${++count}`)
            const program = host.findProgram(emulator) ?? ''
            const argv = EMULATOR[emulator].argv('words', ['/bin/sh', recorder, out, ...words], 'x')
            const pid = await host.start(program, argv, {env: bareEnvironment(host.env), cwd: desktop.folder})
            let recorded: string | undefined
            await until(`${JSON.stringify(words)} arrived`, async () => {
              recorded = await textOf(out)
              return recorded !== undefined
            })
            assert.deepEqual(recorded?.split('\0').slice(0, -1), words)
            if (emulator === 'xterm') process.kill(pid)
          },
        ),
        {numRuns: 40},
      )
      assert.equal(await textOf(path.join(desktop.folder, 'canary')), undefined)
    })
  })
}
