import {execFileSync} from 'node:child_process'
import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {type Check, type Checkup, nodeFinding} from '../../src/services/doctor.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

describe('doctor', () => {
  let machine: Machine
  let count = 0
  const aProject = async () => {
    const root = await machine.repository(`doctor-${++count}`)
    await machine.json(['init'], {cwd: root})
    return root
  }

  /** The checkup, proven to have changed nothing on the whole machine, and its exit code to say what it found. */
  async function checkUp(cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Checkup> {
    const before = await wholeTree(machine.folder)
    const {code, stdout, stderr} = await machine.run(['doctor', '--json'], {cwd, env})
    const checkup = JSON.parse(stdout) as Checkup
    expect({code, stderr}).to.deep.equal({code: checkup.ok ? 0 : 1, stderr: ''})
    expect(await wholeTree(machine.folder)).to.deep.equal(before)
    expect(Object.keys(checkup)).to.deep.equal(['ok', 'checks'])
    for (const check of checkup.checks) expect(Object.keys(check)).to.deep.equal(['name', 'status', 'detail', 'remedy'])
    expect(checkup.ok).to.equal(checkup.checks.every(({status}) => status !== 'failed'))
    return checkup
  }

  const named = ({checks}: Checkup, name: string): Check | undefined => checks.find(check => check.name === name)

  before(async () => {
    machine = await makeMachine()
    // What earlier calls leave for themselves is there already.
    await machine.run(['doctor'], {cwd: machine.home})
  })
  afterEach(() => rm(path.join(machine.home, 'config'), {recursive: true, force: true}))
  after(() => machine.close())

  it('finds git, tmux and its own tool server, and says what is missing and how to get it', async () => {
    const checkup = await checkUp(await aProject())
    const found = Object.fromEntries(checkup.checks.map(({name, status}) => [name, status]))
    expect(found).to.deep.include({
      node: 'ok',
      configuration: 'ok',
      git: 'ok',
      codex: 'failed',
      'codex home': 'failed',
      terminal: 'ok',
      plugins: 'ok',
      'tool server': 'ok',
      repository: 'ok',
      board: 'ok',
      'tracked state': 'ok',
    })
    expect(named(checkup, 'codex')?.remedy).to.equal('npm install -g @openai/codex')
    expect(named(checkup, 'codex home')?.remedy).to.equal('codex login')
  })

  it('has a remedy for everything that failed', async () => {
    for (const cwd of [machine.home, await aProject()]) {
      const {checks} = await checkUp(cwd)
      const without = checks.filter(({status, remedy}) => status === 'failed' && remedy === null)
      expect(without).to.deep.equal([])
    }
  })

  it('tells a person the same, a line for each check and one for each remedy', async () => {
    const {code, stdout, stderr} = await machine.run(['doctor'], {cwd: machine.home})
    expect({code, stderr}).to.deep.equal({code: 1, stderr: ''})
    expect(stdout).to.match(/^ok {7}node: Node \d/)
    expect(stdout).to.contain(
      `failed   repository: ${machine.home} is not inside a Git repository.\n         Try this: git init\n`,
    )
  })

  it('says that a repository has no board yet', async () => {
    const root = await machine.repository('doctor-none')
    expect(named(await checkUp(root), 'board')).to.deep.equal({
      name: 'board',
      status: 'warning',
      detail: 'this repository has no board yet',
      remedy: 'codex-planner init',
    })
  })

  it('says that a repository has no commit yet, and how to make one (F-078)', async () => {
    const root = await machine.repository('doctor-empty', {commit: false})
    expect(named(await checkUp(root), 'repository')).to.deep.include({
      status: 'warning',
      remedy: `git -C ${root} commit --allow-empty -m 'First commit'`,
    })
  })

  it('counts what is on the board', async () => {
    const root = await aProject()
    await putOnBoard(root, {tasks: [{}, {}], sessions: [{name: 'planner', status: 'closed'}]})
    expect(named(await checkUp(root), 'board')?.detail).to.equal('2 task(s), 1 session record(s)')
  })

  it('reports a damaged board with the copy to restore, and leaves it as it is (F-097)', async () => {
    const root = await aProject()
    await machine.json(['create-task', 'Worth keeping'], {cwd: root})
    await machine.json(['create-task', 'Came last'], {cwd: root})
    await writeFile(path.join(root, '.codex/board/tasks.yaml'), 'tasks:\n<<<<<<< HEAD\n  - id: [\n')
    const board = named(await checkUp(root), 'board')
    expect(board?.status).to.equal('failed')
    expect(board?.detail).to.match(/tasks\.yaml/)
    expect(board?.remedy).to.match(/^cp .*\/codex-planner\/good\/.* .*\/\.codex\/board\/tasks\.yaml$/)
    execFileSync('sh', ['-c', board?.remedy ?? ''])
    expect(await readFile(path.join(root, '.codex/board/tasks.yaml'), 'utf8')).to.include('Came last')
    expect(named(await checkUp(root), 'board')?.status).to.equal('ok')
  })

  it('reports tasks whose handoff is gone, with the line that makes it again', async () => {
    const root = await aProject()
    for (const title of ['One', 'Two', 'Three']) await machine.json(['create-task', title], {cwd: root})
    expect(named(await checkUp(root), 'handoffs')).to.deep.include({status: 'ok', remedy: null})
    await rm(path.join(root, '.codex/handoffs/TASK-002.md'))
    const found = named(await checkUp(root), 'handoffs')
    expect(found).to.deep.equal({
      name: 'handoffs',
      status: 'warning',
      detail: '1 task(s) have no handoff file any more, TASK-002 first: .codex/handoffs/TASK-002.md',
      remedy: 'codex-planner update-task TASK-002',
    })
    await machine.json((found?.remedy ?? '').split(' ').slice(1), {cwd: root})
    expect(named(await checkUp(root), 'handoffs')?.status).to.equal('ok')
  })

  it('gives lines that are safe to paste, whatever the repository is called', async () => {
    const root = await machine.repository('d$(touch PWN) x', {commit: false})
    const pasted = (remedy: string | null | undefined) =>
      execFileSync('sh', ['-c', remedy ?? 'false'], {cwd: machine.folder, env: machine.env})
    const repository = named(await checkUp(root), 'repository')
    expect(repository?.remedy).to.equal(`git -C '${root}' commit --allow-empty -m 'First commit'`)
    pasted(repository?.remedy)
    await machine.json(['init'], {cwd: root})
    await machine.git(root, 'add', '-f', '.codex/board/tasks.yaml')
    pasted(named(await checkUp(root), 'tracked state')?.remedy)
    const after = await checkUp(root)
    expect([named(after, 'repository')?.status, named(after, 'tracked state')?.status]).to.deep.equal(['ok', 'ok'])
    expect(Object.keys(await wholeTree(machine.folder)).filter(name => name.endsWith('PWN'))).to.deep.equal([])
  })

  it('gives a safe line for a Codex home that is no folder', async () => {
    const home = path.join(machine.folder, 'c$(touch PWN)')
    await writeFile(home, '')
    const found = named(await checkUp(await aProject(), {CODEX_HOME: home}), 'codex home')
    expect(found?.remedy).to.equal(`ls -ld '${home}'`)
  })

  it('shows a person nothing that acts on the terminal', async () => {
    const cwd = path.join(machine.folder, 'no\u009b2Jrepository')
    await mkdir(cwd)
    const {stdout} = await machine.run(['doctor'], {cwd})
    expect(stdout).to.include('no\\u{9b}2Jrepository is not inside a Git repository.')
    expect(stdout).not.to.include('\u009b')
  })

  const versions: [version: string, status: Check['status']][] = [
    ['22.12.9', 'failed'],
    ['20.19.0', 'failed'],
    ['22.13.0', 'ok'],
    ['24.0.0', 'ok'],
  ]
  for (const [version, status] of versions) {
    it(`finds Node ${version} ${status}`, () => {
      const found = nodeFinding(version)
      expect(found.status).to.equal(status)
      expect(found.remedy).to.equal(status === 'ok' ? null : 'npm install -g node@26')
    })
  }

  it('reports a board that vanished', async () => {
    const root = await aProject()
    await machine.json(['create-task', 'Worth keeping'], {cwd: root})
    await machine.git(root, 'clean', '-fdxq')
    await rm(path.join(root, '.codex'), {recursive: true, force: true})
    const board = named(await checkUp(root), 'board')
    expect(board?.status).to.equal('failed')
    expect(board?.remedy).to.be.a('string')
  })

  it('reports state that git tracks, with the line that takes it out', async () => {
    const root = await aProject()
    await machine.git(root, 'add', '-f', '.codex/state', '.codex/board/tasks.yaml')
    expect(named(await checkUp(root), 'tracked state')).to.deep.equal({
      name: 'tracked state',
      status: 'failed',
      detail: `git tracks 1 file(s) of the team's state, .codex/board/tasks.yaml first`,
      remedy: `git -C ${root} rm -r --cached .codex/board .codex/handoffs .codex/logs .codex/state --ignore-unmatch`,
    })
  })

  it('reports a wrong configuration with file, line and key, and checks what it can without it', async () => {
    const root = await aProject()
    const file = await machine.configure('[defaults]\n\nmax_heavy_leases = "many"\n')
    const checkup = await checkUp(root)
    expect(checkup.checks.map(({name}) => name)).to.deep.equal(['node', 'configuration'])
    const found = named(checkup, 'configuration')
    expect(found?.status).to.equal('failed')
    expect(found?.detail).to.equal(
      `${file} line 3: max_heavy_leases is "many"; accepted is a whole number from 1 to 1024.`,
    )
    expect(found?.remedy).to.be.a('string')
  })

  it('warns of a key that it does not know, with the nearest one', async () => {
    const root = await aProject()
    const file = await machine.configure('[defaults]\nmax_heavy_lease = 2\n')
    const found = named(await checkUp(root), 'configuration')
    expect(found?.status).to.equal('warning')
    expect(found?.detail).to.equal(
      `${file} line 2: max_heavy_lease is not a known key; the nearest known one is max_heavy_leases.`,
    )
  })

  it('says which terminal is missing on a machine without tmux', async () => {
    const bin = path.join(machine.folder, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'git'), '#!/bin/sh\nexec /usr/bin/git "$@"\n')
    await chmod(path.join(bin, 'git'), 0o755)
    const terminal = named(await checkUp(await aProject(), {PATH: bin}), 'terminal')
    expect(terminal?.status).to.equal('failed')
    expect(terminal?.remedy).to.match(/tmux/)
  })

  it('runs no program out of the repository (G18)', async () => {
    const root = await aProject()
    const marker = path.join(machine.folder, 'it-ran')
    for (const name of ['git', 'tmux', 'codex', 'no-codex-on-this-machine']) {
      await writeFile(path.join(root, name), `#!/bin/sh\ntouch ${marker}\n`)
      await chmod(path.join(root, name), 0o755)
    }
    const checkup = await checkUp(root, {PATH: `.:${root}:${machine.env.PATH}`})
    expect(named(checkup, 'codex')?.status).to.equal('failed')
    expect(Object.keys(await wholeTree(machine.folder))).not.to.include('it-ran')
  })

  it('reports a plugin that cannot be loaded, and goes on without it', async () => {
    const data = path.join(machine.home, 'data', 'codex-planner')
    const plugin = path.join(data, 'node_modules', 'broken-plugin')
    await mkdir(plugin, {recursive: true})
    const oclif = {plugins: [{name: 'broken-plugin', type: 'user'}]}
    await writeFile(path.join(data, 'package.json'), JSON.stringify({oclif, dependencies: {'broken-plugin': '1.0.0'}}))
    await writeFile(
      path.join(plugin, 'package.json'),
      JSON.stringify({
        name: 'broken-plugin',
        version: '1.0.0',
        type: 'module',
        oclif: {hooks: {'terminal-backend': './provide.js'}},
      }),
    )
    await writeFile(path.join(plugin, 'provide.js'), `throw new Error('it is broken')\n`)
    try {
      const checkup = await checkUp(await aProject())
      expect(named(checkup, 'plugins')).to.deep.equal({
        name: 'plugins',
        status: 'warning',
        detail: 'broken-plugin: it is broken',
        remedy: 'codex-planner plugins uninstall broken-plugin',
      })
      expect(named(checkup, 'terminal')?.status).to.equal('ok')
    } finally {
      await rm(data, {recursive: true, force: true})
    }
  })
})
