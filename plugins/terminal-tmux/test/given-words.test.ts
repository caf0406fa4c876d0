import assert from 'node:assert/strict'
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {socketPath} from '../src/socket.ts'
import {askTmux} from '../src/tmux.ts'
import {tmuxBackend} from '../src/tmux-backend.ts'
import {LASTING, scriptIn, type ThrowAway, throwAwayHost} from './throw-away.ts'

/** Where tmux expands a format or a pattern, and would run what stands in `#(…)`. */
const EXPANDS = ['display-message', 'list-windows -f', 'list-sessions -f', 'set-hook', 'choose-tree', 'find-window']

describe('what tmux is given', () => {
  let throwAway: ThrowAway
  let given: () => Promise<string[][]>

  before(async () => {
    throwAway = await throwAwayHost('state')
    const {folder, host} = throwAway
    const log = path.join(folder, 'given')
    const program = host.findProgram('tmux') ?? ''
    await mkdir(path.join(folder, 'bin'))
    const recorder = path.join(folder, 'bin', 'tmux')
    await writeFile(
      recorder,
      `#!/bin/sh\n{ printf '%s\\0' "$@"; printf '\\n\\0'; } >>'${log}'\nexec '${program}' "$@"\n`,
    )
    await chmod(recorder, 0o755)
    host.findProgram = wanted => (wanted === 'tmux' ? recorder : undefined)
    given = async () => {
      const calls = (await readFile(log, 'utf8')).split('\n\0').filter(call => call !== '')
      return calls.map(call => call.split('\0').slice(0, -1))
    }
  })
  after(() => throwAway.remove())

  it('holds no text where it would be expanded, and none that is typed (A-006, A-007, A-008, A-015)', async () => {
    const {host, folder} = throwAway
    const canary = path.join(folder, 'canary')
    const text = `#(touch ${canary})`
    const backend = tmuxBackend(host)
    const reads = 'IFS= read -r line; printf %s "$line" >line.new; mv line.new line;'
    const script = await scriptIn(folder, 'worker', `printf '\\033]2;${text}\\007'; ${reads} ${LASTING}`)
    const ref = await backend.open({
      id: 'kit-1',
      project: 'kit',
      session: 'worker',
      title: `title ${text}`,
      script: script.file,
      suspend: path.join(script.folder, 'suspend.sh'),
    })
    await backend.type?.(ref, `typed ${text}`)
    await script.started()
    await backend.dashboard.show({project: 'kit', windows: [{ref, title: `shown ${text}`}], status: `status ${text}`})
    await backend.screen?.(ref)
    await backend.survey([ref])
    assert.equal(await askTmux(host, socketPath(host), [['show-hooks', '-g']]).then(set), '')
    await backend.close(ref)

    assert.equal(await readFile(path.join(script.folder, 'line'), 'utf8'), `typed ${text}`)
    const words = (await given()).flat()
    assert.deepEqual(
      words.filter(word => word.includes('typed')),
      [],
    )
    // What it was given all the same has every `#` doubled.
    assert.deepEqual(
      words.filter(word => /(?<!#)#\(touch/.test(word)),
      [],
    )
    assert.equal(words.filter(word => word.includes('##(touch')).length >= 3, true)
    for (const call of await given()) {
      for (const command of EXPANDS) assert.equal(`${call.join(' ')} `.includes(` ${command} `), false, call.join(' '))
      const load = call.indexOf('load-buffer')
      if (load >= 0) assert.equal(call[load + 3], '-')
    }
    assert.equal((await readdir(folder)).includes('canary'), false)
  })
})

/** The hooks that have a command. */
function set(listed: string): string {
  return listed
    .split('\n')
    .filter(line => line.includes(' '))
    .join('\n')
}
