// What one start of a worker asks git, tmux and Codex: each question is a program, and most of what a start costs.
import path from 'node:path'
import {expect} from 'chai'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, program} from '../commands/machine.ts'
import {STAND_INS, teamMachine} from '../support/team-machine.ts'
import {mayTrace, traced} from '../support/tracing.ts'

describe('the start of a worker beside another', () => {
  let machine: Machine
  before(async () => {
    machine = await teamMachine(STAND_INS.alone)
  })
  after(() => machine.close())

  /** What a call does with the system: lines of strace. */
  function trace(calls: string, cwd: string, ...words: string[]): Promise<string[]> {
    const file = path.join(machine.folder, 'trace')
    return traced([process.execPath, program, ...words], calls, file, {cwd, env: machine.env})
  }

  /** What a call starts, without what that starts itself: the program and its command. */
  async function started(cwd: string, ...words: string[]): Promise<string[]> {
    return (await trace('execve', cwd, ...words))
      .flatMap(line => {
        const [, file, argv] = /execve\("([^"]+)", \[(.*?)\](?:\.\.\.)?, .* = 0$/.exec(line) ?? []
        return file === undefined || argv === undefined || file.includes('/git-core/') ? [] : [commandOf(file, argv)]
      })
      .slice(1)
  }

  function commandOf(file: string, argv: string): string {
    const words = [...argv.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word ?? '').slice(1)
    const settings = new Set(['-c', '-C', '-S', '-f'])
    const command = words.findIndex(
      (word, at) => (!word.startsWith('-') || word === '-V') && !settings.has(words[at - 1] ?? ''),
    )
    const count = ['worktree', 'plugin', 'mcp'].includes(words[command] ?? '') ? 2 : 1
    return [path.basename(file), ...words.slice(command, command + count)].join(' ')
  }

  it('asks each thing once, and what may have changed meanwhile again', async function () {
    if (!mayTrace()) this.skip()
    const root = await machine.repository('repo')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: [{}, {}]})
    await machine.json(['spawn-worker', 'TASK-001'], {cwd: root})
    expect(await started(root, 'spawn-worker', 'TASK-002', '--json')).to.deep.equal([
      // Whether the other one waits for an approval.
      'tmux list-panes',
      'git ls-files',
      'git worktree add',
      'codex mcp list',
      'tmux new-session',
      // The dashboard with the new window, and its titles.
      'tmux if-shell',
    ])
  })

  it('loads each plugin in one file', async function () {
    if (!mayTrace()) this.skip()
    const root = await machine.repository('plugins')
    await machine.json(['init'], {cwd: root})
    await putOnBoard(root, {tasks: [{}]})
    const lines = await trace('openat', root, 'spawn-worker', 'TASK-001', '--json')
    const files = lines.flatMap(line => /"[^"]*\/plugins\/([^"]+\.js)"/.exec(line)?.[1] ?? [])
    expect([...new Set(files)].toSorted()).to.deep.equal(
      ['policy-host-pressure', 'terminal-desktop', 'terminal-tmux'].map(name => `${name}/dist/provide.js`),
    )
  })
})
