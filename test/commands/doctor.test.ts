import {execFileSync} from 'node:child_process'
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Check, Checkup} from '../../src/services/doctor.ts'
import {projectPaths} from '../../src/store/paths.ts'
import {beginRun} from '../../src/store/runs.ts'
import {identify} from '../../src/system/process.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, runProgram, wholeTree} from './machine.ts'

describe('doctor', () => {
  let machine: Machine
  let count = 0
  const aProject = async () => {
    const root = await machine.repository(`doctor-${++count}`)
    await machine.json(['init'], {cwd: root})
    return root
  }

  /** The checkup, proven to have changed nothing on the whole machine, and its exit code to say what it found. */
  async function checkUp(cwd: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<Checkup> {
    const before = await wholeTree(machine.folder)
    const {code, stdout, stderr} = await machine.run(['doctor', '--json', ...flags], {cwd, env})
    const checkup = JSON.parse(stdout) as Checkup
    expect({code, stderr}).to.deep.equal({code: checkup.ok ? 0 : 1, stderr: ''})
    expect(await wholeTree(machine.folder)).to.deep.equal(before)
    expect(Object.keys(checkup)).to.deep.equal(['ok', 'checks'])
    for (const check of checkup.checks) expect(Object.keys(check)).to.deep.equal(['name', 'status', 'detail', 'remedy'])
    for (const {name, status, detail, remedy} of checkup.checks) {
      expect(remedy === null, name).to.equal(status === 'ok')
      expect(detail, name).to.have.length.greaterThan(8)
    }
    expect(checkup.ok).to.equal(checkup.checks.every(({status}) => status !== 'failed'))
    return checkup
  }

  /** A plugin that the person has installed. Returns the folder to remove afterwards. */
  async function installed(
    name: string,
    hooks: Record<string, string>,
    files: Record<string, string>,
  ): Promise<string> {
    const data = path.join(machine.home, 'data', 'codex-planner')
    const plugin = path.join(data, 'node_modules', name)
    await mkdir(plugin, {recursive: true})
    const oclif = {plugins: [{name, type: 'user'}]}
    await writeFile(path.join(data, 'package.json'), JSON.stringify({oclif, dependencies: {[name]: '1.0.0'}}))
    const about = {name, version: '1.0.0', type: 'module', oclif: {hooks}}
    await writeFile(path.join(plugin, 'package.json'), JSON.stringify(about))
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(plugin, file), text)
    return data
  }

  const named = ({checks}: Checkup, name: string): Check | undefined => checks.find(check => check.name === name)

  before(async () => {
    machine = await makeMachine()
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

  it('has a remedy for everything that it finds, and only for that', async () => {
    const root = await aProject()
    const file = await machine.configure('[defaults]\nmax_heavy_lease = 2\n')
    for (const cwd of [machine.home, machine.folder, root]) await checkUp(cwd)
    await rm(file)
    await checkUp(machine.folder, {}, ['--repo-path', path.join(machine.folder, 'gone')])
  })

  it('tells a person the same, a line for each check and one for each remedy', async () => {
    const {code, stdout, stderr} = await machine.run(['doctor'], {cwd: machine.home})
    expect({code, stderr}).to.deep.equal({code: 1, stderr: ''})
    expect(stdout).to.match(/^ok {7}node: Node \d\S+, \//)
    expect(stdout).to.contain(
      `failed   repository: ${machine.home} is not inside a Git repository.\n         Try this: git init\n`,
    )
  })

  it('looks at the refusal of heavy commands only where some are named', async () => {
    const root = await aProject()
    expect(named(await checkUp(root), 'heavy commands')).to.equal(undefined)
    const env = {CODEX_ORCHESTRATOR_HEAVY_COMMANDS: '["make"]'}
    expect(named(await checkUp(root, env), 'heavy commands')).to.deep.include({
      status: 'failed',
      remedy: 'npm install -g @openai/codex',
    })
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
    expect(named(await checkUp(root), 'board')?.detail).to.equal('.codex/board, 2 task(s), 1 session record(s)')
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

  it('reports a board that was saved from an older revision, and init puts it right', async () => {
    const root = await aProject()
    const file = path.join(root, '.codex/board/tasks.yaml')
    await machine.json(['create-task', 'One'], {cwd: root})
    const opened = await readFile(file, 'utf8')
    await machine.json(['create-task', 'Two'], {cwd: root})
    await writeFile(file, opened.replace('title: One', 'title: One, by hand'))
    const told = 'An editor saved .codex/board/tasks.yaml as it was before revision 2: its edits and the newer changes'
    const shown = `${told} are shown together, and the next change of the board writes both.`
    expect(named(await checkUp(root), 'board')).to.deep.equal({
      name: 'board',
      status: 'warning',
      detail: shown,
      remedy: 'codex-planner init',
    })
    const {stdout, stderr} = await machine.run(['list-tasks'], {cwd: root})
    expect(stderr).to.equal(`Warning: ${shown}\n`)
    expect(stdout).to.match(/One, by hand[^]*Two/)
    expect((await machine.run(['init'], {cwd: root})).stderr).to.equal(
      'Warning: An editor saved .codex/board/tasks.yaml as it was before revision 2: the board now has its edits and the newer changes.\n',
    )
    expect(named(await checkUp(root), 'board')?.status).to.equal('ok')
    expect((await machine.run(['list-tasks'], {cwd: root})).stderr).to.equal('')
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

  it('reports a board that vanished', async () => {
    const root = await aProject()
    await machine.json(['create-task', 'Worth keeping'], {cwd: root})
    await machine.git(root, 'clean', '-fdxq')
    await rm(path.join(root, '.codex'), {recursive: true, force: true})
    const board = named(await checkUp(root), 'board')
    expect(board?.status).to.equal('failed')
    expect(board?.remedy).to.be.a('string')
  })

  it('names what the repository and the shared state are on (F-116)', async () => {
    const root = await aProject()
    const found = named(await checkUp(root), 'file system')
    expect(found?.detail).to.match(new RegExp(`${root} .*${root}/\\.git .*${machine.home}/state/codex-orchestrator `))
    expect(named(await checkUp(machine.home), 'file system')?.detail).to.include('state/codex-orchestrator')
  })

  it('warns of a state folder that is not absolute, or that everybody can write to (A-100)', async () => {
    const root = await aProject()
    expect(named(await checkUp(root), 'state folder')).to.deep.include({status: 'ok', remedy: null})
    expect(named(await checkUp(root, {XDG_STATE_HOME: 'state'}), 'state folder')).to.deep.equal({
      name: 'state folder',
      status: 'warning',
      detail: `XDG_STATE_HOME is "state", which is not absolute, so ${machine.home}/.local/state/codex-orchestrator is used`,
      remedy: 'unset XDG_STATE_HOME',
    })
    const open = path.join(machine.folder, 'open')
    await mkdir(path.join(open, 'codex-orchestrator'), {recursive: true})
    await chmod(path.join(open, 'codex-orchestrator'), 0o777)
    expect(named(await checkUp(root, {XDG_STATE_HOME: open}), 'state folder')).to.deep.equal({
      name: 'state folder',
      status: 'warning',
      detail: `everybody can write in ${open}/codex-orchestrator, and so to ${open}/codex-orchestrator`,
      remedy: `chmod o-w ${open}/codex-orchestrator`,
    })
  })

  it('names settings of the repository that run programs, and what is done about it (A-045)', async () => {
    const root = await aProject()
    const marker = path.join(machine.folder, 'a-setting-ran')
    expect(named(await checkUp(root), 'git settings')?.status).to.equal('ok')
    await machine.git(root, 'config', 'core.fsmonitor', `touch ${marker}`)
    await machine.git(root, 'config', 'filter.x.smudge', `touch ${marker}`)
    expect(named(await checkUp(root), 'git settings')).to.deep.equal({
      name: 'git settings',
      status: 'warning',
      detail: `core.fsmonitor, filter.x.smudge in ${root}/.git: git runs what they say. codex-planner switches hooks and fsmonitor off for its own calls; filters run when it makes a worktree, and all of them when a worker uses git`,
      remedy: `git -C ${root} config --local --list`,
    })
    expect(await readdir(machine.folder)).not.to.include('a-setting-ran')
  })

  it('reports a start whose command was killed, and what finishes it', async () => {
    const root = await aProject()
    const gone = await runProgram(process.execPath, ['-p', 'process.pid'])
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [{name: 'worker-task-001', status: 'starting', backend: 'none'}],
    })
    await machine.json(['update-task', 'TASK-001'], {cwd: root})
    const owner = {...identify(process.pid), pid: Number(gone.stdout)}
    await beginRun(projectPaths(root, path.join(root, '.git')), 'worker-task-001-1', owner)
    expect(named(await checkUp(root), 'unfinished')).to.deep.equal({
      name: 'unfinished',
      status: 'warning',
      detail:
        'the start of worker-task-001 was cut short, for its command was killed; the next launch finishes it or takes it back',
      remedy: 'codex-planner',
    })
  })

  it('reports a change of the board that was cut short', async () => {
    const root = await aProject()
    expect(named(await checkUp(root), 'unfinished')?.detail).to.equal('0 start(s) under way, no command was cut short')
    await writeFile(path.join(root, '.git/codex-planner/journal'), 'torn')
    expect(named(await checkUp(root), 'unfinished')).to.deep.include({status: 'warning', remedy: 'codex-planner'})
  })

  it('reports sessions that ended unnoticed', async () => {
    const root = await aProject()
    await putOnBoard(root, {
      tasks: [{status: 'in_progress'}],
      sessions: [
        {name: 'worker-task-001', backend: 'none', exit: {code: 0, at: '2026-01-31T12:00:00.000Z'}},
        {name: 'planner', status: 'closed', backend: 'none'},
      ],
    })
    await machine.json(['update-task', 'TASK-001'], {cwd: root})
    expect(named(await checkUp(root), 'sessions')).to.deep.equal({
      name: 'sessions',
      status: 'warning',
      detail: 'worker-task-001 ended without the board hearing of it; the next launch notes that',
      remedy: 'codex-planner',
    })
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

  for (const [what, script, detail] of [
    [
      'too old',
      '#!/bin/sh\necho git version 2.35.8\n',
      'git version 2.35.8; 2.36 or newer is needed for safe lists of worktrees',
    ],
    ['not there', null, 'git is not an executable program outside the repository (git_executable).'],
  ] as const) {
    it(`says that git is ${what}, and what is needed (F-092)`, async () => {
      const root = await aProject()
      const bin = await mkdtemp(path.join(machine.folder, 'bin-'))
      await symlink('/usr/bin/tmux', path.join(bin, 'tmux'))
      if (script !== null) await writeFile(path.join(bin, 'git'), script, {mode: 0o755})
      const git = named(await checkUp(root, {PATH: bin}), 'git')
      expect(git).to.deep.equal({name: 'git', status: 'failed', detail, remedy: 'sudo apt-get install -y git'})
    })
  }

  it('says which terminal is missing on a machine without tmux', async () => {
    const bin = path.join(machine.folder, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'git'), '#!/bin/sh\nexec /usr/bin/git "$@"\n')
    await chmod(path.join(bin, 'git'), 0o755)
    const terminal = named(await checkUp(await aProject(), {PATH: bin}), 'terminal')
    expect(terminal?.status).to.equal('failed')
    expect(terminal?.remedy).to.match(/tmux/)
  })

  it('says why auto takes no window of a desktop, and takes tmux (F-056)', async () => {
    const cwd = await aProject()
    const detail = async (env: NodeJS.ProcessEnv) => named(await checkUp(cwd, env), 'terminal')?.detail
    expect(await detail({})).to.match(/^tmux: tmux .* \(no desktop: DISPLAY and WAYLAND_DISPLAY are not set\)$/)
    expect(await detail({DISPLAY: ':64999'})).to.match(
      /^tmux: tmux .* \(no desktop: The display :64999 cannot be opened \(nobody listens there\)\)$/,
    )
    expect(await detail({CODEX_ORCHESTRATOR_TERMINAL_BACKEND: 'tmux'})).not.to.include('desktop')
  })

  it('says what a window of a desktop lacks when it is asked for (F-056)', async () => {
    const cwd = await aProject()
    expect(named(await checkUp(cwd, {CODEX_ORCHESTRATOR_TERMINAL_BACKEND: 'desktop'}), 'terminal')).to.deep.include({
      status: 'failed',
      detail: 'No terminal can be opened. desktop: DISPLAY and WAYLAND_DISPLAY are not set.',
      remedy: 'export CODEX_ORCHESTRATOR_TERMINAL_BACKEND=tmux',
    })
  })

  it('names what is accepted where a setting of the desktop is wrong', async () => {
    const file = await machine.configure(
      '[defaults]\nterminal_backend = "desktop"\n[plugins.terminal-desktop]\nemulator = "ghostty"\n',
    )
    const terminal = named(await checkUp(await aProject()), 'terminal')
    expect(terminal?.detail).to.equal(
      `${file} line 4: emulator is "ghostty"; accepted is "gnome-terminal", "kitty", "alacritty", "konsole", "foot", "xterm" or "wezterm".`,
    )
    expect(terminal?.remedy).to.equal(`\${EDITOR:-vi} ${file}`)
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

  it('says of which sessions nobody can tell whether they run', async () => {
    const root = await aProject()
    expect(named(await checkUp(root), 'sessions')?.detail).to.equal('none is active')
    await putOnBoard(root, {sessions: [{name: 'planner', backend: 'none'}]})
    expect(named(await checkUp(root), 'sessions')).to.deep.equal({
      name: 'sessions',
      status: 'warning',
      detail: 'whether planner still runs cannot be told (no hello), so nothing is done with it',
      remedy: 'codex-planner show-session planner',
    })
  })

  it('names what every plugin hooks into, and warns of one that runs at every start', async () => {
    const root = await aProject()
    expect(named(await checkUp(root), 'plugins')?.detail).to.include('@codex-planner/terminal-tmux (terminal-backend)')
    const data = await installed(
      'eager-plugin',
      {init: './init.js', 'worker-policy': './policy.js'},
      {
        'init.js': 'export default async () => {}\n',
        'policy.js': `export default async () => ({name: 'eager', api: 1, admit: () => ({admit: true})})\n`,
      },
    )
    try {
      expect(named(await checkUp(root), 'plugins')).to.deep.equal({
        name: 'plugins',
        status: 'warning',
        detail: 'eager-plugin (init) runs code at every start of codex-planner; keep it only if you trust it.',
        remedy: 'codex-planner plugins inspect eager-plugin',
      })
    } finally {
      await rm(data, {recursive: true, force: true})
    }
  })

  it('reports a plugin that cannot be loaded, and goes on without it', async () => {
    const data = await installed(
      'broken-plugin',
      {'terminal-backend': './provide.js'},
      {
        'provide.js': `throw new Error('it is broken')\n`,
      },
    )
    try {
      const checkup = await checkUp(await aProject())
      expect(named(checkup, 'plugins')).to.deep.equal({
        name: 'plugins',
        status: 'warning',
        detail: 'broken-plugin: it is broken.',
        remedy: 'codex-planner plugins uninstall broken-plugin',
      })
      expect(named(checkup, 'terminal')?.status).to.equal('ok')
    } finally {
      await rm(data, {recursive: true, force: true})
    }
  })
})
