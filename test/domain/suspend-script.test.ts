import {execFile} from 'node:child_process'
import {chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'

import {suspendScript} from '../../src/domain/suspend-script.ts'

const run = promisify(execFile)

describe('the script that suspends a team', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cp-'))
  })
  afterEach(() => rm(folder, {recursive: true}))

  /** A program in place of ours, in a folder whose name a shell would take apart. */
  async function scriptAround(body: string, env: Record<string, string> = {}): Promise<string> {
    const home = path.join(folder, "it's $(touch canary) #{x}")
    await mkdir(home)
    const cli = path.join(home, 'codex-planner')
    await writeFile(cli, `#!/bin/sh\n${body}\n`)
    await chmod(cli, 0o700)
    const script = path.join(folder, 'suspend.sh')
    await writeFile(script, suspendScript({root: home, cli, env: {PATH: process.env.PATH, ...env}}))
    return script
  }

  it('says nothing when all went well, and names the repository byte for byte', async () => {
    const script = await scriptAround('printf "%s|" "$@" >"$(dirname "$0")/args"; echo suspended')
    const {stdout, stderr} = await run('/bin/sh', [script], {cwd: folder})
    expect([stdout, stderr]).to.deep.equal(['', ''])
    const home = path.join(folder, "it's $(touch canary) #{x}")
    expect(await readFile(path.join(home, 'args'), 'utf8')).to.equal(`suspend|--repo-path|${home}|`)
    expect(await readFile(path.join(folder, 'canary'), 'utf8').catch(() => 'none')).to.equal('none')
  })

  it('says why when it could not', async () => {
    const script = await scriptAround('echo "worker-task-001 is still there." >&2; exit 3')
    expect((await run('/bin/sh', [script])).stdout).to.equal('worker-task-001 is still there.\n')
  })

  it('carries where things are, and no secret', async () => {
    const script = await scriptAround(':', {
      XDG_STATE_HOME: '/srv/state',
      CODEX_ORCHESTRATOR_GIT_EXECUTABLE: '/opt/git',
      OPENAI_API_KEY: 'sk-1',
      CODEX_ORCHESTRATOR_ROLE: 'worker',
      GITHUB_TOKEN: 'x',
    })
    const exported = (await readFile(script, 'utf8')).match(/^export \w+/gm)
    expect(exported).to.deep.equal(['export CODEX_ORCHESTRATOR_GIT_EXECUTABLE', 'export PATH', 'export XDG_STATE_HOME'])
  })
})
