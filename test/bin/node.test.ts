import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {cp, mkdir, mkdtemp, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {checkout, type Machine, makeMachine, program, runProgram} from '../commands/machine.ts'

/** The Node of the machine that brings none of its own, when it is too old for the program. */
function oldNode(): string | undefined {
  const found = ['/usr/local/bin/node', '/usr/bin/node', '/bin/node'].find(file => existsSync(file))
  if (found === undefined) return undefined
  const version = execFileSync(found, ['-p', 'process.versions.node'], {encoding: 'utf8'}).trim()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 22 || (major === 22 && minor < 13) ? found : undefined
}

async function until(what: string, look: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!look()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`)
    await delay(50)
  }
}

describe('codex-planner on a Node that is too old', () => {
  let machine: Machine
  let repo: string
  let node: string

  before(async function () {
    const old = oldNode()
    if (old === undefined || process.platform !== 'linux') this.skip()
    node = old ?? ''
    machine = await makeMachine()
    repo = await machine.repository('repo')
    await machine.json(['init'], {cwd: repo})
  })
  after(() => machine?.close())

  it('runs on the Node of the checkout, with its output', async () => {
    const {code, stdout, stderr} = await runProgram(node, [program, '--version'], {cwd: repo, env: machine.env})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout).to.match(/ node-v26\.10\.0\n$/)
  })

  const table: [argv: string[], code: number][] = [
    [['list-tasks'], 0],
    [['show-task', 'TASK-001'], 1],
    [['list-tasks', '--bogus'], 2],
  ]
  for (const [argv, code] of table) {
    it(`ends with ${code} when the program does: ${argv.join(' ')}`, async () => {
      expect((await runProgram(node, [program, ...argv], {cwd: repo, env: machine.env})).code).to.equal(code)
    })
  }

  it('passes standard input on', async () => {
    const hello = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {name: 'x', version: '1'}},
    }
    const {code, stdout} = await runProgram(node, [program, 'serve-mcp', '--role', 'observer'], {
      cwd: repo,
      env: machine.env,
      input: `${JSON.stringify(hello)}\n`,
    })
    expect(code).to.equal(0)
    expect(stdout).to.contain('"serverInfo"')
  })

  describe('and is sent a signal', () => {
    let outer: ChildProcess
    let inner: number

    beforeEach(async () => {
      outer = spawn(node, [program, 'wait-events', '--after', '0', '--timeout', '120'], {
        cwd: repo,
        env: machine.env,
        stdio: 'ignore',
      })
      await until('the program to run on the other Node', () => childrenOf(outer.pid).length > 0)
      inner = childrenOf(outer.pid)[0] ?? 0
      await until('it to be that Node', () =>
        commandLine(inner).includes(path.join('node_modules', 'node', 'bin', 'node')),
      )
    })
    afterEach(async () => {
      outer.kill('SIGKILL')
      if (commandLine(inner).includes('wait-events')) process.kill(inner, 'SIGKILL')
    })

    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      it(`ends both with ${signal}, and tells the caller so`, async () => {
        const ended = new Promise(resolve => outer.once('exit', (code, how) => resolve({code, how})))
        outer.kill(signal)
        expect(await ended).to.deep.equal({code: null, how: signal})
        await until('the program to be gone', () => !commandLine(inner).includes('wait-events'))
      })
    }

    it('tells the caller which signal ended the program itself', async () => {
      const ended = new Promise(resolve => outer.once('exit', (code, how) => resolve({code, how})))
      process.kill(inner, 'SIGKILL')
      expect(await ended).to.deep.equal({code: null, how: 'SIGKILL'})
    })
  })

  it('says which one it needs where no other is', async () => {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
    try {
      await cp(path.join(checkout, 'bin'), path.join(folder, 'bin'), {recursive: true})
      await writeFile(path.join(folder, 'package.json'), '{"type": "module"}')
      await mkdir(path.join(folder, 'dist', 'bundle'), {recursive: true})
      await writeFile(path.join(folder, 'dist', 'bundle', 'start.cjs'), `console.log('it ran all the same')`)
      const {code, stdout, stderr} = await runProgram(node, [path.join(folder, 'bin', 'run.js'), 'list-tasks'], {
        env: machine.env,
      })
      const version = execFileSync(node, ['-p', 'process.versions.node'], {encoding: 'utf8'}).trim()
      expect({code, stdout, stderr}).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `codex-planner needs Node 22.13 or newer; this is ${version}.\nTry this: npm install -g node@26\n`,
      })
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
  })
})

describe('a checkout that was never built', () => {
  it('says so, on any Node', async () => {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cpm-')))
    try {
      await cp(path.join(checkout, 'bin'), path.join(folder, 'bin'), {recursive: true})
      await writeFile(path.join(folder, 'package.json'), '{"type": "module"}')
      for (const node of [process.execPath, oldNode() ?? process.execPath]) {
        const {code, stdout, stderr} = await runProgram(node, [path.join(folder, 'bin', 'run.js')], {
          env: {PATH: '/usr/bin:/bin'},
        })
        expect({code, stdout, stderr}).to.deep.equal({
          code: 1,
          stdout: '',
          stderr: 'codex-planner is not built here.\nTry this: npm run build\n',
        })
      }
    } finally {
      await rm(folder, {recursive: true, force: true})
    }
  })
})

function childrenOf(pid: number | undefined): number[] {
  const text = readProc(`${pid}/task/${pid}/children`)
  return text
    .split(' ')
    .filter(part => part !== '')
    .map(Number)
}

function commandLine(pid: number): string {
  return readProc(`${pid}/cmdline`)
}

function readProc(name: string): string {
  try {
    return readFileSync(path.join('/proc', name), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return ''
    throw error
  }
}
