import {existsSync} from 'node:fs'
import {chmod, mkdir, mkdtemp, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {tmuxBackend} from '../../plugins/terminal-tmux/src/tmux-backend.ts'
import {type ThrowAway, throwAwayHost} from '../../plugins/terminal-tmux/test/throw-away.ts'
import {sessionScript} from '../../src/domain/session-script.ts'
import {eventually} from '../support/world.ts'

/** Stands where Codex would, in the terminal, and writes down what it was given. */
const RECORDER = `#!/bin/sh
printf '%s\\000' "$@" >"$RECORD.tmp" && mv "$RECORD.tmp" "$RECORD"
`

describe('what a session is told, from script through tmux to the program', function () {
  this.timeout(120_000)
  let place: ThrowAway

  before(async () => {
    place = await throwAwayHost()
  })
  after(() => place.remove())

  it('arrives byte for byte, or is refused (T11, A-010 to A-013)', async () => {
    const recorder = path.join(place.folder, 'recorder')
    await writeFile(recorder, RECORDER)
    await chmod(recorder, 0o755)
    const backend = tmuxBackend(place.host)
    const word = fc.oneof(
      fc.string({unit: 'binary', maxLength: 40}),
      fc.constantFrom(
        'a;',
        ';',
        '\\;',
        '#(touch x)',
        '#{x}',
        '$(touch x)',
        '`touch x`',
        '-e',
        '--',
        "it's",
        '\n',
        '',
        '"',
      ),
    )
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.array(word, {minLength: 1, maxLength: 6}), async words => {
        count += 1
        const folder = await mkdtemp(path.join(place.folder, "run #(touch x) it's ;"))
        const [run, record, script] = ['run', 'record', 'run.sh'].map(name => path.join(folder, name)) as [
          string,
          string,
          string,
        ]
        await mkdir(run)
        const write = () =>
          sessionScript({
            session: 'worker-task-001',
            run: `worker-task-001-${count}`,
            project: 'argv',
            folder: run,
            cwd: folder,
            identity: {RECORD: record},
            shimFolder: folder,
            codex: [recorder, ...words],
            promptFile: null,
            report: ['/bin/true'],
          })
        if (words.some(text => text.includes('\0'))) {
          expect(write).to.throw(RangeError)
          return
        }
        await writeFile(script, write())
        await backend.open({
          id: `run-${count}`,
          project: 'argv',
          session: `worker-${count}`,
          title: words.join(' '),
          script,
        })
        await eventually('the program to have run', async () => existsSync(record), 20_000)
        const wanted = Buffer.from(`${words.map(text => text.toWellFormed()).join('\0')}\0`)
        expect(await readFile(record)).to.deep.equal(wanted)
        expect(existsSync(path.join(folder, 'x')) || existsSync(path.join(place.folder, 'x'))).to.equal(false)
      }),
      {numRuns: 60, endOnFailure: true, examples: [[['a;', ';', '#(touch x)', '$(touch x)', '\n', '']]]},
    )
  })
})
