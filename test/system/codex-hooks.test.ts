import {chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {hooking} from '../../src/domain/codex-command.ts'
import {HOOK_KEY, heavyHook, trustText} from '../../src/domain/heavy-hook.ts'
import {askForHooks, trustHash} from '../../src/system/codex-hooks.ts'
import {codexProgram, makeCodexHome} from '../support/codex-home.ts'

describe('the hooks of the real Codex', () => {
  let folder: string
  let env: NodeJS.ProcessEnv
  const hook = heavyHook('/srv/my "shop", über/heavy.sh')
  const hash = trustHash(trustText(hook))
  const ask = (settings: string[]) => askForHooks(codexProgram(), settings, folder, env)
  const seen = (trust: string) => [{key: HOOK_KEY, enabled: true, trust}]

  before(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'cp-hooks-')))
    const home = path.join(folder, 'home')
    mkdirSync(home)
    const codex = makeCodexHome({folder: path.join(folder, 'codex'), baseUrl: 'http://127.0.0.1:9/v1', model: 'none'})
    env = {HOME: home, PATH: process.env.PATH, ...codex.env}
  })
  after(() => rmSync(folder, {recursive: true, force: true, maxRetries: 10, retryDelay: 100}))

  it('have ours trusted by the hash of its definition', async () => {
    expect(await ask(hooking({...hook, hash}))).to.deep.equal(seen('trusted'))
  })

  it('have it reviewed by a person when the hash is another one', async () => {
    expect(await ask(hooking({...hook, hash: trustHash('x')}))).to.deep.equal(seen('modified'))
  })

  it('are none when Codex is to run none', async () => {
    expect(await ask([...hooking({...hook, hash}), '-c', 'features.hooks=false'])).to.deep.equal([])
  })

  it('are not told by a Codex that refuses its settings, or that is not there', async () => {
    expect(await ask(['-c', 'hooks=1'])).to.equal(undefined)
    expect(await askForHooks(path.join(folder, 'gone'), [], folder, env)).to.equal(undefined)
  })

  const others: [what: string, body: string][] = [
    ['knows no such server', 'echo "error: unrecognized subcommand" >&2; exit 2'],
    ['knows no such question', `read a; echo '{"id":0,"result":{}}'; echo '{"id":1,"error":{"code":-32600}}'; cat`],
    ['answers something else', `read a; echo '{"id":0,"result":{}}'; echo '{"id":1,"result":{"data":[{}]}}'; cat`],
    ['says no JSON', 'echo hello; echo "{"; echo null'],
    ['ends at once', 'exec 0<&-; exit 0'],
  ]
  for (const [what, body] of others) {
    it(`are not told by a version that ${what}`, async () => {
      const program = path.join(folder, 'other-codex')
      writeFileSync(program, `#!/bin/sh\n${body}\n`)
      chmodSync(program, 0o700)
      expect(await askForHooks(program, [], folder, env)).to.equal(undefined)
    })
  }
})
