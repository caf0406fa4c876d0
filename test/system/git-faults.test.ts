import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {execa} from 'execa'

import {PlannerError} from '../../src/domain/errors.ts'
import {openGit} from '../../src/system/git.ts'

let folder: string
let env: NodeJS.ProcessEnv
let root: string

const numbers = Array.from({length: 20}, (_, index) => index + 1)
const git = () => openGit(() => 'git', env)

async function raw(at: string, ...args: string[]): Promise<string> {
  const {stdout} = await execa('git', ['-C', at, ...args], {env, extendEnv: false})
  return stdout
}

async function refused(work: Promise<unknown>): Promise<PlannerError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PlannerError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

const request = (number: number, base = 'HEAD', at = root) => ({
  path: `${at}-worktrees/task-${number}`,
  branch: `codex/task-${number}`,
  base,
  reason: `codex-planner TASK-${String(number).padStart(3, '0')}`,
})

before(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'git-faults-')))
  await writeFile(
    path.join(folder, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n',
  )
  env = {HOME: folder, PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1'}
})
beforeEach(async () => {
  root = await mkdtemp(path.join(folder, 'repo-'))
  await raw(root, 'init', '--quiet')
  await writeFile(path.join(root, 'a.txt'), 'a\n')
  await raw(root, 'add', '.')
  await raw(root, 'commit', '--quiet', '-m', 'First commit')
})
after(() => rm(folder, {recursive: true, force: true}))

describe('twenty worktrees at once', function () {
  this.timeout(120_000)

  it('are all made from a commit of this repository (F-069)', async () => {
    await Promise.all(numbers.map(number => git().addWorktree(root, request(number))))
    const made = (await git().worktrees(root)).slice(1)
    expect(made.map(({branch}) => branch)).to.have.members(numbers.map(number => `refs/heads/codex/task-${number}`))
    for (const {path: at} of made) expect(await readFile(path.join(at, 'a.txt'), 'utf8')).to.equal('a\n')
  })

  it('are all made from a branch of a remote, and none follows it (F-070)', async () => {
    const clone = `${root}-clone`
    await raw(folder, 'clone', '--quiet', root, clone)
    await Promise.all(numbers.map(number => git().addWorktree(clone, request(number, 'origin/main', clone))))
    expect(await git().worktrees(clone)).to.have.length(21)
    expect(await raw(clone, 'config', '--local', '--list')).not.to.contain('branch.codex/')
  })
})

describe('a worktree beside one that another git makes at this moment', () => {
  it('is made, and listed, when that one’s files are written (F-070)', async () => {
    const half = path.join(root, '.git', 'worktrees', 'half')
    await mkdir(half, {recursive: true})
    await writeFile(path.join(half, 'gitdir'), `${root}-worktrees/half/.git\n`)
    await writeFile(path.join(half, 'HEAD'), 'ref: refs/heads/half\n')
    await writeFile(path.join(half, 'commondir'), '')
    const {stderr} = await execa('git', ['-C', root, 'worktree', 'list'], {env, extendEnv: false, reject: false})
    expect(stderr).to.match(/failed to read .*\/commondir/)
    const other = spawn('sh', ['-c', 'sleep 0.5; printf ../.. >commondir'], {cwd: half})
    const ended = once(other, 'exit')
    await git().addWorktree(root, request(1))
    expect((await git().worktrees(root)).map(({branch}) => branch)).to.include('refs/heads/codex/task-1')
    await ended
  })
})

describe('a lock file of git’s', function () {
  this.timeout(120_000)

  /** Makes it, as a git that writes, or that was killed while it did. */
  async function locked(name: string): Promise<string> {
    const file = path.join(root, '.git', name)
    await mkdir(path.dirname(file), {recursive: true})
    await writeFile(file, '')
    return file
  }

  it('on the index keeps nobody from looking and from making a worktree, and stays (F-073)', async () => {
    const lock = await locked('index.lock')
    await writeFile(path.join(root, 'b.txt'), 'b\n')
    expect(await git().uncommitted(root)).to.deep.equal(['b.txt'])
    await git().addWorktree(root, request(1))
    expect(await git().uncommitted(request(1).path)).to.deep.equal([])
    const {message, suggestions} = await refused(git().run(root, ['add', 'b.txt']))
    expect(message).to.match(new RegExp(`^Git cannot go on: ${lock} is in its way, and no process that can be seen`))
    expect(suggestions).to.deep.equal([`ls -l ${lock}`])
    expect(existsSync(lock)).to.equal(true)
  })

  it('on a branch is waited for while another git works (F-074)', async () => {
    const lock = await locked('refs/heads/codex/task-1.lock')
    const holder = spawn('sh', ['-c', 'exec 9>"$1"; echo held; sleep 1; rm "$1"', 'sh', lock])
    await once(holder.stdout, 'data')
    const ended = once(holder, 'exit')
    await git().addWorktree(root, request(1))
    await ended
    expect((await git().worktrees(root))[1]?.branch).to.equal('refs/heads/codex/task-1')
  })

  const STALE: [name: string, work: () => Promise<unknown>][] = [
    ['refs/heads/codex/task-1.lock', () => git().addWorktree(root, request(1))],
    ['packed-refs.lock', () => git().run(root, ['update-ref', '-d', 'refs/heads/other'])],
    ['config.lock', () => git().run(root, ['config', 'a.b', 'c'])],
  ]
  for (const [name, work] of STALE) {
    it(`that is left behind is named, and never removed: ${name} (F-074)`, async () => {
      await raw(root, 'branch', 'other')
      await raw(root, 'pack-refs', '--all')
      const lock = await locked(name)
      const {code, message, suggestions} = await refused(work())
      expect([code, suggestions]).to.deep.equal(['GIT_FAILED', [`ls -l ${lock}`]])
      expect(message).to.equal(
        `Git cannot go on: ${lock} is in its way, and no process that can be seen has it open. A git that was killed leaves such a file; it is yours to remove when no other git works there.`,
      )
      expect(existsSync(lock)).to.equal(true)
      await rm(lock)
      await work()
    })
  }

  it('that somebody holds is named with the process (F-074)', async () => {
    const lock = await locked('config.lock')
    const holder = spawn('sh', ['-c', 'exec 9>"$1"; echo held; read -r line', 'sh', lock])
    try {
      await once(holder.stdout, 'data')
      const {message, suggestions} = await refused(git().run(root, ['config', 'a.b', 'c']))
      expect(message).to.match(
        new RegExp(`^Git cannot go on: ${lock} is held by process ${holder.pid} \\(sh -c .*\\)\\.`),
      )
      expect(suggestions).to.deep.equal([`ps -fp ${holder.pid}`])
    } finally {
      holder.stdin.end()
      await once(holder, 'exit')
    }
  })
})

describe('a repository of another user', () => {
  it('is not opened, git’s own words are one line away, and nobody is told to trust it (F-091)', async () => {
    const settings = await readFile(path.join(folder, '.gitconfig'), 'utf8')
    if (process.getuid?.() === 0) await chown(root, 12_345, 12_345)
    else env = {...env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1'}
    const {code, message, suggestions} = await refused(git().repository(root))
    expect({code, message, suggestions}).to.deep.equal({
      code: 'NOT_A_REPOSITORY',
      message: `${root} belongs to another user, so git does not open it; git says what to do when you trust it.`,
      suggestions: [`git -C ${root} status`],
    })
    const {stderr} = await execa('git', ['-C', root, 'status'], {env, extendEnv: false, reject: false})
    expect(stderr).to.contain('dubious ownership')
    expect(await readFile(path.join(folder, '.gitconfig'), 'utf8')).to.equal(settings)
  })
})
