import {existsSync} from 'node:fs'
import {chmod, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {execa} from 'execa'

import {PlannerError} from '../../src/domain/errors.ts'
import {openGit, parseStatus, parseWorktrees} from '../../src/system/git.ts'
import {pendingIn} from '../../src/system/git-pending.ts'
import {writeSnapshot} from '../../src/system/git-snapshot.ts'

const NEWLINE = 'a\nb #(touch x) $(touch y) `z` "q" \'s\' 日本'

let folder: string
let env: NodeJS.ProcessEnv
let made = 0

/** A folder of its own below the temporary one. */
function fresh(name = 'repo'): string {
  made += 1
  return path.join(folder, String(made), name)
}

async function raw(at: string, ...args: string[]): Promise<string> {
  const {stdout} = await execa('git', ['-C', at, ...args], {env, extendEnv: false, stripFinalNewline: false})
  return stdout
}

async function aRepository(at = fresh(), ...files: string[]): Promise<string> {
  await mkdir(at, {recursive: true})
  await raw(at, 'init', '--quiet')
  await raw(at, 'commit', '--quiet', '--allow-empty', '-m', 'First commit')
  for (const file of files) await write(at, file, `${file}\n`)
  if (files.length > 0) {
    await raw(at, 'add', '--all')
    await raw(at, 'commit', '--quiet', '-m', 'Files')
  }
  return at
}

async function write(at: string, file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(at, file)), {recursive: true})
  await writeFile(path.join(at, file), text)
}

const git = (extra: NodeJS.ProcessEnv = {}) => openGit(() => 'git', {...env, ...extra})

async function refused(work: Promise<unknown>): Promise<PlannerError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PlannerError) return error
    throw error
  }
  throw new Error('It was not refused.')
}

before(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'git-')))
  await writeFile(
    path.join(folder, '.gitconfig'),
    '[user]\n\tname = Test\n\temail = test@localhost\n[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n',
  )
  env = {HOME: folder, PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1'}
})

after(() => rm(folder, {recursive: true, force: true}))

describe('the repository of a folder', () => {
  it('is the same from its root, a subfolder, a worktree of it, and a link to it', async () => {
    const root = await aRepository()
    await mkdir(path.join(root, 'a/b'), {recursive: true})
    await raw(root, 'worktree', 'add', '--quiet', '-b', 'other', fresh('wt'))
    const worktree = (await raw(root, 'worktree', 'list')).trim().split('\n').at(-1)?.split(' ')[0] ?? ''
    await mkdir(path.join(worktree, 'deep'))
    const link = path.join(folder, 'link')
    await symlink(root, link)
    const expected = {root, commonDir: path.join(root, '.git')}
    for (const at of [root, `${root}/a/b`, worktree, `${worktree}/deep`, link, `${link}/a`]) {
      expect(await git().repository(at), at).to.deep.equal(expected)
    }
  })

  for (const name of [NEWLINE, 'ends with a line feed\n', ' spaces ', '-dash', 'x.git']) {
    it(`is found when it is called ${JSON.stringify(name)} (F-087, F-088)`, async () => {
      const root = await aRepository(fresh(name))
      const worktree = fresh(name)
      await git().addWorktree(root, {path: worktree, branch: 'codex/task-001', base: 'HEAD', reason: 'x'})
      expect((await git().repository(root)).root).to.equal(root)
      expect((await git().repository(worktree)).root).to.equal(root)
      expect((await git().worktrees(root)).map(({path: at}) => at)).to.deep.equal([root, worktree])
    })
  }

  it('is never the one that the environment names (F-090)', async () => {
    const [root, other] = [await aRepository(), await aRepository(fresh('other'))]
    const names = (await raw(root, 'rev-parse', '--local-env-vars')).trim().split('\n')
    const hook = {
      ...Object.fromEntries(names.map(name => [name, '1'])),
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_COMMON_DIR: path.join(other, '.git'),
      GIT_INDEX_FILE: path.join(other, '.git/index'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.worktree',
      GIT_CONFIG_VALUE_0: other,
      GIT_CEILING_DIRECTORIES: root,
    }
    expect((await git(hook).repository(root)).root).to.equal(root)
    expect(await git(hook).commit(root, 'HEAD')).to.equal((await raw(root, 'rev-parse', 'HEAD')).trim())
    await write(root, 'new.txt', 'x')
    expect(await git(hook).uncommitted(root)).to.deep.equal(['new.txt'])
  })

  it('knows no grafts or shallow ends that the environment names (F-090)', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const [first, second] = [
      (await raw(root, 'rev-parse', 'HEAD~1')).trim(),
      (await raw(root, 'rev-parse', 'HEAD')).trim(),
    ]
    const grafts = path.join(root, 'grafts')
    await writeFile(grafts, `${second}\n`)
    for (const name of ['GIT_GRAFT_FILE', 'GIT_SHALLOW_FILE']) {
      expect(await git({[name]: grafts}).isAncestor(root, first, second), name).to.equal(true)
    }
    expect(await git().isAncestor(root, second, first)).to.equal(false)
  })

  it('is a submodule for who stands in it, with its own root (F-081)', async () => {
    const [outer, inner] = [await aRepository(fresh('outer')), await aRepository(fresh('inner'))]
    await raw(outer, 'submodule', '--quiet', 'add', inner, 'sub')
    await mkdir(path.join(outer, 'sub/deep'))
    await raw(path.join(outer, 'sub'), 'worktree', 'add', '--quiet', '-b', 'other', path.join(outer, '../wt'))
    for (const at of ['sub', 'sub/deep', '../wt']) {
      expect(await git().repository(path.join(outer, at)), at).to.deep.equal({
        root: path.join(outer, 'sub'),
        commonDir: path.join(outer, '.git/modules/sub'),
      })
    }
    expect((await git().repository(outer)).root).to.equal(outer)
  })

  it('has its own root when its Git folder stands elsewhere', async () => {
    const root = await aRepository()
    const apart = path.join(root, '../apart')
    await raw(root, 'init', '--quiet', '--separate-git-dir', apart)
    await mkdir(path.join(root, 'deep'))
    for (const at of [root, `${root}/deep`]) {
      expect(await git().repository(at)).to.deep.equal({root, commonDir: path.resolve(apart)})
    }
    await raw(root, 'worktree', 'add', '--quiet', '-b', 'other', path.join(root, '../wt'))
    const {code, message} = await refused(git().repository(path.join(root, '../wt')))
    expect(code).to.equal('NOT_A_REPOSITORY')
    expect(message).to.match(
      /^\/.*\/wt is a worktree of \/.*\/apart, and git does not tell from here where the first one is\.$/,
    )
  })

  it('is none in a plain folder and in one that is gone', async () => {
    const plain = fresh('plain')
    await mkdir(plain, {recursive: true})
    for (const at of [plain, path.join(plain, 'gone')]) {
      const {code, message} = await refused(git().repository(at))
      expect({code, message}).to.deep.equal({
        code: 'NOT_A_REPOSITORY',
        message: `${at} is not inside a Git repository.`,
      })
    }
  })

  it('is refused when it is bare, from inside and from a worktree of it (F-079, F-080)', async () => {
    const root = await aRepository()
    const bares = [fresh('bare.git'), fresh('.git')]
    for (const bare of bares) {
      await raw(root, 'clone', '--quiet', '--bare', root, bare)
      const worktree = path.join(bare, '../wt')
      await raw(bare, 'worktree', 'add', '--quiet', '-b', 'other', worktree)
      for (const at of [bare, path.join(bare, 'refs'), worktree]) {
        const {code, message} = await refused(git().repository(at))
        expect({code, message}, at).to.deep.equal({
          code: 'BARE_REPOSITORY',
          message: `${bare} is a bare repository: it has no files to work on.`,
        })
      }
    }
  })

  it('is refused when it is bare and keeps that in its settings for worktrees (F-080)', async () => {
    const bare = fresh('.git')
    await raw(await aRepository(), 'clone', '--quiet', '--bare', '.', bare)
    const worktree = path.join(bare, '../wt')
    await raw(bare, 'worktree', 'add', '--quiet', '-b', 'other', worktree)
    await raw(worktree, 'sparse-checkout', 'set', 'docs')
    expect((await refused(git().repository(worktree))).code).to.equal('BARE_REPOSITORY')
  })
})

describe('the commit that a name means', () => {
  let root: string
  let head: string

  before(async () => {
    root = await aRepository(fresh(), 'a.txt')
    head = (await raw(root, 'rev-parse', 'HEAD')).trim()
    await raw(root, 'branch', 'other', 'HEAD~1')
    await raw(root, 'checkout', '--quiet', 'other')
    await raw(root, 'tag', '-a', 'v1', '-m', 'v1', head)
  })

  for (const name of ['main', 'refs/heads/main', 'v1', '@{-1}', 'main^{commit}', 'main^{/Files}']) {
    it(`is its id, for ${name} (A-037)`, async () => expect(await git().commit(root, name)).to.equal(head))
  }

  for (const name of [
    '-',
    '',
    '@{u}',
    '--upload-pack=touch upload-pack',
    '--all',
    '-x',
    '--output=x',
    'no-such-branch',
    'main:a.txt',
    'main^{tree}',
    'main\n',
    '$(touch canary)',
    '../x',
  ]) {
    it(`is none for ${JSON.stringify(name)} (A-036, A-037)`, async () => {
      const before = await readdir(root)
      expect(await git().commit(root, name)).to.equal(null)
      expect(await readdir(root)).to.deep.equal(before)
    })
  }

  it('is none in an empty repository (F-078)', async () => {
    const empty = fresh()
    await mkdir(empty, {recursive: true})
    await raw(empty, 'init', '--quiet')
    expect(await git().commit(empty, 'HEAD')).to.equal(null)
    expect((await git().repository(empty)).root).to.equal(empty)
  })
})

describe("a worker's worktree", () => {
  async function aRequest(root: string, fields: {branch?: string; base?: string; path?: string} = {}) {
    return {
      path: fresh('task-001'),
      branch: 'codex/task-001',
      base: (await raw(root, 'rev-parse', 'HEAD')).trim(),
      reason: 'codex-planner TASK-001',
      ...fields,
    }
  }

  it('is on its own new branch at the base, and locked with our reason', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    expect(await git().worktrees(root)).to.deep.equal([
      {path: root, head: request.base, branch: 'refs/heads/main', bare: false, locked: null},
      {
        path: request.path,
        head: request.base,
        branch: 'refs/heads/codex/task-001',
        bare: false,
        locked: 'codex-planner TASK-001',
      },
    ])
    expect(await readFile(path.join(request.path, 'a.txt'), 'utf8')).to.equal('a.txt\n')
  })

  it('is told from a folder that took its place, and from another repository in it (A-053)', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const {commonDir} = await git().repository(root)
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    const is = (at: string) => git().isWorktree(at, commonDir)
    expect(await is(request.path)).to.equal(true)
    const inside = path.join(request.path, 'inside')
    await mkdir(inside)
    expect(await is(inside)).to.equal(false)
    const plain = fresh()
    await mkdir(plain, {recursive: true})
    expect(await is(plain)).to.equal(false)
    expect(await is(await aRepository())).to.equal(false)
  })

  it('is told from one that git was killed over, which has no index yet (F-007, F-009)', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    expect(await git().isComplete(request.path)).to.equal(true)
    await rm(path.join(await git().gitDir(request.path), 'index'))
    expect(await git().isComplete(request.path)).to.equal(false)
  })

  it('does not follow a branch of a remote', async () => {
    const root = fresh('clone')
    await raw(folder, 'clone', '--quiet', await aRepository(), root)
    await git().addWorktree(root, {...(await aRequest(root)), base: 'origin/main'})
    const {exitCode} = await execa('git', ['-C', root, 'config', '--get', 'branch.codex/task-001.merge'], {
      env,
      reject: false,
    })
    expect(exitCode).to.equal(1)
  })

  it('takes over a branch that stands, with its commits, and not the base (F-063)', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const tip = (await raw(root, 'rev-parse', 'HEAD~1')).trim()
    await raw(root, 'branch', 'codex/task-001', tip)
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    expect((await git().worktrees(root))[1]).to.include({
      head: tip,
      branch: 'refs/heads/codex/task-001',
      locked: 'codex-planner TASK-001',
    })
  })

  it('works from a shallow clone and a detached HEAD (F-083, F-084)', async () => {
    const origin = await aRepository(fresh(), 'a.txt')
    const root = fresh('clone')
    await raw(folder, 'clone', '--quiet', '--depth=1', `file://${origin}`, root)
    await raw(root, 'checkout', '--quiet', '--detach')
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    expect((await git().worktrees(root)).map(({branch}) => branch)).to.deep.equal([null, 'refs/heads/codex/task-001'])
  })

  it('is refused with what git says, and leaves everything as it was', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    await write(request.path, 'work.txt', 'x')
    const list = await git().worktrees(root)
    const REFUSED: [what: string, fields: {branch?: string; base?: string; path?: string}, says: RegExp][] = [
      ['its branch is checked out elsewhere (F-064)', {branch: 'main'}, /'main' is already checked out at/],
      ['its branch collides with another (F-065)', {branch: 'main/sub'}, /^git worktree in /],
      ['its folder holds another worktree', {path: request.path, branch: 'other'}, /already exists/],
      ['its branch looks like an option (A-035)', {branch: '-evil'}, /^git worktree in /],
      ['its branch is no name git takes (A-038)', {branch: 'a..b'}, /not a valid branch name/],
      ['its branch is too long (A-040)', {branch: `codex/${'x'.repeat(260)}`}, /^git worktree in /],
      ['its base is none', {base: 'no-such-commit'}, /no-such-commit/],
    ]
    for (const [what, fields, says] of REFUSED) {
      const {code, message, suggestions} = await refused(
        git().addWorktree(root, {...(await aRequest(root, {branch: 'new'})), ...fields}),
      )
      expect({code, suggestions}, what).to.deep.equal({code: 'GIT_FAILED', suggestions: ['codex-planner doctor']})
      expect(message, what).to.match(says)
    }
    expect(await git().worktrees(root)).to.deep.equal(list)
    expect(await readFile(path.join(request.path, 'work.txt'), 'utf8')).to.equal('x')
  })

  it('stays on record with its branch when its folder is removed by hand (F-067, F-068)', async () => {
    const root = await aRepository()
    const request = await aRequest(root)
    await git().addWorktree(root, request)
    await raw(request.path, 'commit', '--quiet', '--allow-empty', '-m', 'Work')
    const tip = (await raw(request.path, 'rev-parse', 'HEAD')).trim()
    await rm(request.path, {recursive: true})
    await raw(root, 'worktree', 'prune', '--expire=now')
    expect((await git().worktrees(root))[1]).to.include({path: request.path, head: tip})
    expect((await refused(git().addWorktree(root, request))).message).to.match(/missing but locked/)
    expect(await git().commit(root, 'codex/task-001')).to.equal(tip)
  })

  it('is refused in an empty repository (F-078)', async () => {
    const root = fresh()
    await mkdir(root, {recursive: true})
    await raw(root, 'init', '--quiet')
    expect(
      (await refused(git().addWorktree(root, {path: fresh('wt'), branch: 'x', base: 'HEAD', reason: 'x'}))).code,
    ).to.equal('GIT_FAILED')
  })

  it('runs no hook of the repository, neither its own nor a committed one (A-042)', async () => {
    const root = await aRepository(fresh(), 'a.txt')
    const canary = path.join(root, '../hook-ran')
    for (const hooks of ['.husky', '.git/hooks']) {
      for (const name of ['post-checkout', 'reference-transaction', 'post-index-change']) {
        await write(root, `${hooks}/${name}`, `#!/bin/sh\necho ${name} >>'${canary}'\n`)
        await chmod(path.join(root, hooks, name), 0o755)
      }
    }
    for (const hooksPath of ['.husky', '.git/hooks']) {
      await raw(root, 'config', 'core.hooksPath', path.join(root, hooksPath))
      await raw(root, 'worktree', 'add', '--quiet', '-b', `raw${hooksPath.length}`, fresh('wt'))
      expect(existsSync(canary), 'the hook runs for others').to.equal(true)
      await rm(canary)
      const request = await aRequest(root, {branch: `ours${hooksPath.length}`})
      await git().addWorktree(root, request)
      await write(request.path, 'b.txt', 'x')
      await git().uncommitted(request.path)
      await snapshotOf(request.path, `refs/codex-planner/x${hooksPath.length}`, 'x', path.join(root, '.git'))
      expect(existsSync(canary)).to.equal(false)
    }
  })
})

/** All that is not committed, under that ref. */
async function snapshotOf(worktree: string, ref: string, message: string, scratch: string): Promise<string> {
  const {content, absent} = await pendingIn(git(), worktree)
  return writeSnapshot(git(), {worktree, ref, message, scratch, content, absent})
}

describe('what is not committed', () => {
  it('is every path that differs from HEAD, whatever it is called (A-047)', async () => {
    const root = await aRepository(fresh(), 'changed', 'staged', 'deleted', 'old name', 'typed', 'same', 'sub/changed')
    await write(root, 'changed', 'x')
    await write(root, 'sub/changed', 'x')
    await write(root, 'staged', 'x')
    await raw(root, 'add', 'staged')
    await rm(path.join(root, 'deleted'))
    await rename(path.join(root, 'old name'), path.join(root, 'new name'))
    await raw(root, 'add', 'old name', 'new name')
    await rm(path.join(root, 'typed'))
    await symlink('same', path.join(root, 'typed'))
    for (const name of ['new/deep/x', NEWLINE, '"quoted"', 'with -> arrow', '\u001b[31m', '-dash', ' space ', 'naïve'])
      await write(root, name, 'x')
    expect((await git().uncommitted(root)).toSorted()).to.deep.equal(
      [
        'changed',
        'sub/changed',
        'staged',
        'deleted',
        'new name',
        'typed',
        'new/deep/x',
        NEWLINE,
        '"quoted"',
        'with -> arrow',
        '\u001b[31m',
        '-dash',
        ' space ',
        'naïve',
      ].toSorted(),
    )
  })

  it('is nothing in a clean worktree, and not what is ignored', async () => {
    const root = await aRepository()
    await write(root, '.git/info/exclude', 'ignored\n')
    await write(root, 'ignored', 'x')
    expect(await git().uncommitted(root)).to.deep.equal([])
  })

  const HIDING: [key: string, value: string][] = [
    ['status.showUntrackedFiles', 'no'],
    ['core.quotePath', 'true'],
    ['status.relativePaths', 'false'],
    ['status.branch', 'true'],
    ['status.showStash', 'true'],
    ['status.renames', 'false'],
    ['color.status', 'always'],
    ['column.status', 'always'],
  ]
  for (const [key, value] of HIDING) {
    it(`is not hidden by the setting ${key}=${value} (A-048)`, async () => {
      const root = await aRepository(fresh(), 'a')
      await raw(root, 'config', key, value)
      await write(root, 'a', 'x')
      await write(root, 'sub/naïve', 'x')
      expect(await git().uncommitted(root)).to.deep.equal(['a', 'sub/naïve'])
      expect(await git().uncommitted(path.join(root, 'sub'))).to.have.length(2)
    })
  }

  it('has the paths of a merge that stopped', async () => {
    const root = await aRepository(fresh(), 'a b')
    await raw(root, 'checkout', '--quiet', '-b', 'other')
    await write(root, 'a b', 'one')
    await raw(root, 'commit', '--quiet', '-am', 'One')
    await raw(root, 'checkout', '--quiet', 'main')
    await write(root, 'a b', 'two')
    await raw(root, 'commit', '--quiet', '-am', 'Two')
    await execa('git', ['-C', root, 'merge', 'other'], {env, reject: false})
    expect(await git().uncommitted(root)).to.deep.equal(['a b'])
  })

  it('is asked for without running the monitor that the repository names (A-043)', async () => {
    const root = await aRepository(fresh(), 'a')
    const canary = path.join(root, '../monitor-ran')
    const monitor = path.join(root, 'monitor.sh')
    await writeFile(monitor, `#!/bin/sh\necho >'${canary}'\n`, {mode: 0o755})
    await raw(root, 'config', 'core.fsmonitor', monitor)
    await raw(root, 'status')
    expect(existsSync(canary), 'the monitor runs for others').to.equal(true)
    await rm(canary)
    expect(await git().uncommitted(root)).to.deep.equal(['monitor.sh'])
    await snapshotOf(root, 'refs/codex-planner/x', 'x', path.join(root, '.git'))
    await git().addWorktree(root, {path: fresh('wt'), branch: 'new', base: 'HEAD', reason: 'x'})
    expect(existsSync(canary)).to.equal(false)
  })

  /** Every question we ask git, and every change we have it make. */
  async function everything(root: string): Promise<void> {
    const {repository, worktrees, commit, isAncestor, uncommitted, settings, tracked, flagged, ignored, addWorktree} =
      git()
    const {commonDir} = await repository(root)
    await write(root, 'untracked', 'x')
    await write(root, 'a', 'changed')
    const head = (await commit(root, 'HEAD')) ?? ''
    const made = {path: fresh('wt'), branch: `new-${path.basename(root)}`, base: head, reason: 'x'}
    await addWorktree(root, made)
    await Promise.all([worktrees(root), isAncestor(root, head, head), uncommitted(root), settings(commonDir)])
    await Promise.all([tracked(root, ['.codex']), flagged(root), ignored(root)])
    expect(await git().isComplete(made.path)).to.equal(true)
    await snapshotOf(root, 'refs/codex-planner/x', 'x', commonDir)
  }

  it('A-046: is asked for, like all else, without running what the repository names for other things', async () => {
    const root = await aRepository(fresh(), 'a')
    const canary = path.join(root, '../named-ran')
    const named = path.join(root, '../named.sh')
    await writeFile(named, `#!/bin/sh\necho "$0" >>'${canary}'\n`, {mode: 0o755})
    const keys = ['core.sshCommand', 'core.pager', 'core.editor', 'core.askPass', 'sequence.editor', 'gpg.program']
    const more = ['diff.external', 'diff.x.command', 'diff.x.textconv', 'credential.helper', 'interactive.diffFilter']
    for (const key of [...keys, ...more, 'pager.status', 'pager.log']) await raw(root, 'config', key, named)
    for (const name of ['status', 'worktree', 'ls-files', 'rev-parse', 'commit-tree']) {
      await raw(root, 'config', `alias.${name}`, `!${named}`)
    }
    await raw(root, 'config', 'commit.gpgSign', 'true')
    await write(root, '.gitattributes', '* diff=x\n')
    await write(root, 'a', 'seen by others')
    await raw(root, 'diff')
    expect(existsSync(canary), 'it runs for others').to.equal(true)
    await rm(canary)
    await everything(root)
    expect(existsSync(canary)).to.equal(false)
    expect((await git().run(root, ['var', 'GIT_PAGER'])).trim()).to.equal('cat')
  })

  it('A-054: is asked for without what an included file of settings would run', async () => {
    const root = await aRepository(fresh(), 'a')
    const canary = path.join(root, '../included-ran')
    const hooks = path.join(root, '../included-hooks')
    const monitor = path.join(hooks, 'post-checkout')
    await mkdir(hooks)
    await writeFile(monitor, `#!/bin/sh\necho >'${canary}'\n`, {mode: 0o755})
    const file = path.join(root, '../included.config')
    await writeFile(file, `[core]\n\tfsmonitor = ${monitor}\n\thooksPath = ${hooks}\n`)
    await raw(root, 'config', 'include.path', file)
    await raw(root, 'status')
    expect(existsSync(canary), 'it runs for others').to.equal(true)
    await rm(canary)
    await everything(root)
    expect(existsSync(canary)).to.equal(false)
  })

  it('A-055: is asked for in a repository of 100,000 branches', async () => {
    const root = await aRepository(fresh(), 'a')
    const head = await git().commit(root, 'HEAD')
    const refs = Array.from({length: 100_000}, (_, index) => `${head} refs/heads/b${String(index).padStart(6, '0')}\n`)
    await writeFile(
      path.join(root, '.git/packed-refs'),
      `# pack-refs with: peeled fully-peeled sorted \n${refs.join('')}`,
    )
    await everything(root)
    expect(await git().commit(root, 'b099999')).to.equal(head)
  })

  it('fails with what git says where git cannot read', async () => {
    const root = await aRepository()
    await writeFile(path.join(root, '.git/HEAD'), 'x')
    const {code, message} = await refused(git().uncommitted(root))
    expect(code).to.equal('GIT_FAILED')
    expect(message).to.match(/^git status in \/.*: fatal: not a git repository/)
  })
})

describe('paths that git tracks', () => {
  it('are told below the given ones, taken to the letter', async () => {
    const root = await aRepository(
      fresh(),
      '.codex/board/tasks.yaml',
      '.codex/x',
      'a*b',
      'aXb',
      NEWLINE,
      'sub/.codex/board/y',
    )
    await write(root, '.codex/board/untracked', 'x')
    expect(await git().tracked(root, ['.codex/board', '.codex/logs'])).to.deep.equal(['.codex/board/tasks.yaml'])
    expect(await git().tracked(root, ['a*b', NEWLINE])).to.deep.equal([NEWLINE, 'a*b'].toSorted())
    expect(await git().tracked(path.join(root, 'sub'), ['.codex'])).to.deep.equal([
      '../.codex/board/tasks.yaml',
      '../.codex/x',
    ])
    expect(await git().tracked(root, [':(exclude)x'])).to.deep.equal([])
  })
})

describe('a snapshot of a worktree', () => {
  const REF = 'refs/codex-planner/snapshots/worker-task-001/1'

  async function keep(at: string): Promise<string> {
    const scratch = path.join(folder, 'scratch')
    await mkdir(scratch, {recursive: true})
    const id = await snapshotOf(at, REF, 'codex-planner: worker-task-001, closed\n', scratch)
    expect(await readdir(scratch)).to.deep.equal([])
    expect((await raw(at, 'rev-parse', REF)).trim()).to.equal(id)
    return id
  }

  async function state(at: string): Promise<object> {
    return {
      status: await raw(at, 'status', '--porcelain=v2', '--branch', '-z', '--ignored'),
      index: (await readFile(path.resolve(at, (await raw(at, 'rev-parse', '--git-path', 'index')).trim()))).toString(
        'base64',
      ),
      stash: await raw(at, 'stash', 'list'),
      branches: await raw(at, 'branch', '--list', '-v', '--no-abbrev'),
    }
  }

  it('keeps what is tracked and what is not, and touches neither files nor index nor stash nor branches (I1)', async () => {
    const root = await aRepository(fresh(), 'same', 'changed', 'staged', 'deleted', '.gitignore')
    await write(root, 'stashed', 'x')
    await raw(root, 'stash', '--quiet', '--include-untracked')
    await write(root, '.gitignore', 'ignored\n')
    for (const name of ['changed', 'staged', 'ignored', NEWLINE]) await write(root, name, `${name}!`)
    await raw(root, 'add', 'staged')
    await write(root, 'staged', 'later')
    await rm(path.join(root, 'deleted'))
    await write(root, 'run.sh', '#!/bin/sh\n')
    await chmod(path.join(root, 'run.sh'), 0o755)
    await symlink('same', path.join(root, 'link'))
    const before = await state(root)
    const id = await keep(root)
    expect(await state(root)).to.deep.equal(before)
    const kept = (await raw(root, 'ls-tree', '-r', '-z', id))
      .split('\0')
      .slice(0, -1)
      .map(line => [line.slice(line.indexOf('\t') + 1), line.slice(0, 6)])
    expect(kept).to.have.deep.members([
      ['.gitignore', '100644'],
      ['changed', '100644'],
      ['staged', '100644'],
      ['same', '100644'],
      ['run.sh', '100755'],
      ['link', '120000'],
      ['ignored', '100644'],
      [NEWLINE, '100644'],
    ])
    expect(await raw(root, 'show', `${id}:staged`)).to.equal('later')
    expect(await raw(root, 'show', `${id}:changed`)).to.equal('changed!')
  })

  it('stands on HEAD, by us, with its reason, and without a signature', async () => {
    const root = await aRepository(fresh(), 'a')
    await raw(root, 'config', 'commit.gpgSign', 'true')
    await raw(root, 'config', 'gpg.program', '/bin/false')
    await write(root, 'a', 'x')
    const id = await keep(root)
    const head = (await raw(root, 'rev-parse', 'HEAD')).trim()
    expect(await raw(root, 'show', '--no-patch', '--format=%P|%an|%ae|%cn|%B|', id)).to.equal(
      `${head}|codex-planner|codex-planner@localhost|codex-planner|codex-planner: worker-task-001, closed\n|\n`,
    )
  })

  it('keeps the whole worktree from a folder inside it', async () => {
    const root = await aRepository(fresh(), 'a', 'sub/b')
    await write(root, 'new', 'x')
    expect(await raw(root, 'ls-tree', '-r', '--name-only', await keep(path.join(root, 'sub')))).to.equal(
      'a\nnew\nsub/b\n',
    )
  })

  it("works in a worker's worktree, and on a detached HEAD", async () => {
    const root = await aRepository(fresh(), 'a')
    const worktree = fresh('wt')
    await git().addWorktree(root, {path: worktree, branch: 'codex/task-001', base: 'HEAD', reason: 'x'})
    await raw(worktree, 'checkout', '--quiet', '--detach')
    await write(worktree, 'b', 'x')
    const before = await state(worktree)
    expect(await raw(root, 'ls-tree', '--name-only', await keep(worktree))).to.equal('a\nb\n')
    expect(await state(worktree)).to.deep.equal(before)
  })

  for (const files of [[], ['a']]) {
    it(`works in a repository without a commit and ${files.length === 0 ? 'without a file' : 'with a file'} (F-078)`, async () => {
      const root = fresh()
      await mkdir(root, {recursive: true})
      await raw(root, 'init', '--quiet')
      for (const file of files) await write(root, file, 'x')
      const id = await keep(root)
      expect(await raw(root, 'ls-tree', '--name-only', id)).to.equal(files.map(file => `${file}\n`).join(''))
      expect(await raw(root, 'show', '--no-patch', '--format=%P', id)).to.equal('\n')
      expect(await git().commit(root, 'HEAD')).to.equal(null)
    })
  }

  it('is kept whatever the repository says of line ends', async () => {
    const root = await aRepository(fresh(), 'a')
    await raw(root, 'config', 'core.autocrlf', 'input')
    await raw(root, 'config', 'core.safecrlf', 'true')
    await write(root, 'dos', 'a\r\nb\r\n')
    expect(await raw(root, 'ls-tree', '--name-only', await keep(root))).to.equal('a\ndos\n')
  })

  it('keeps what a sparse worktree does not show', async () => {
    const root = await aRepository(fresh(), 'shown/a', 'left-out/b')
    await raw(root, 'sparse-checkout', 'set', 'shown')
    await write(root, 'shown/new', 'x')
    expect(existsSync(path.join(root, 'left-out'))).to.equal(false)
    expect(await raw(root, 'ls-tree', '-r', '--name-only', await keep(root))).to.equal(
      'left-out/b\nshown/a\nshown/new\n',
    )
  })

  it('never takes the place of another', async () => {
    const root = await aRepository(fresh(), 'a')
    const first = await keep(root)
    await write(root, 'a', 'later')
    expect((await refused(keep(root))).message).to.contain('reference already exists')
    expect((await raw(root, 'rev-parse', REF)).trim()).to.equal(first)
  })

  it('leaves nothing of its own behind when git refuses', async () => {
    const root = await aRepository()
    const scratch = path.join(folder, 'scratch')
    await mkdir(scratch, {recursive: true})
    expect((await refused(snapshotOf(root, 'refs/codex-planner/a..b', 'x', scratch))).code).to.equal('GIT_FAILED')
    expect(await readdir(scratch)).to.deep.equal([])
  })
})

describe("git's list of worktrees", () => {
  const head = '1'.repeat(40)
  const entry = (...lines: string[]) => `${lines.join('\0')}\0\0`
  const plain = {head, branch: 'refs/heads/main', bare: false, locked: null}
  const TABLE: [what: string, text: string, worktrees: object[]][] = [
    ['is empty', '', []],
    [
      'has a plain one',
      entry('worktree /srv/a', `HEAD ${head}`, 'branch refs/heads/main'),
      [{path: '/srv/a', ...plain}],
    ],
    [
      'has several, one locked with a reason, one without (F-088)',
      entry('worktree /srv/a\nb', `HEAD ${head}`, 'branch refs/heads/main') +
        entry('worktree /srv/c d', `HEAD ${head}`, 'branch refs/heads/x', 'locked codex-planner TASK-001\nx') +
        entry('worktree /srv/e', `HEAD ${head}`, 'detached', 'locked'),
      [
        {path: '/srv/a\nb', ...plain},
        {path: '/srv/c d', head, branch: 'refs/heads/x', bare: false, locked: 'codex-planner TASK-001\nx'},
        {path: '/srv/e', head, branch: null, bare: false, locked: ''},
      ],
    ],
    [
      'has a bare one',
      entry('worktree /srv/a.git', 'bare'),
      [{path: '/srv/a.git', head: null, branch: null, bare: true, locked: null}],
    ],
    [
      'has one that was killed while git made it (F-009)',
      entry('worktree /srv/a', `HEAD ${'0'.repeat(40)}`, 'detached', 'locked initializing'),
      [{path: '/srv/a', head: null, branch: null, bare: false, locked: 'initializing'}],
    ],
    [
      'has one whose folder is gone',
      entry(
        'worktree /srv/a',
        `HEAD ${head}`,
        'branch refs/heads/main',
        'prunable gitdir file points to non-existent location',
      ),
      [{path: '/srv/a', ...plain}],
    ],
  ]
  for (const [what, text, worktrees] of TABLE) it(what, () => expect(parseWorktrees(text)).to.deep.equal(worktrees))
})

describe("git's status", () => {
  const one = '1 .M N... 100644 100644 100644 aaaa bbbb'
  const TABLE: [what: string, text: string, paths: string[]][] = [
    ['is empty', '', []],
    ['has a changed path with spaces', `${one} a b  c\0`, ['a b  c']],
    [
      'has a renamed path and not its old name',
      `2 R. N... 100644 100644 100644 aaaa bbbb R100 new name\0? old name\0${one} x\0`,
      ['new name', 'x'],
    ],
    ['has a path in conflict', 'u UU N... 100644 100644 100644 100644 aaaa bbbb cccc a b\0', ['a b']],
    ['has untracked paths that look like records', '? 1 .M\0? ? x\0? a\nb\0', ['1 .M', '? x', 'a\nb']],
    ['has headers and ignored paths, which do not count', `# branch.oid x\0# stash 1\0! ignored\0${one} x\0`, ['x']],
  ]
  for (const [what, text, paths] of TABLE) it(what, () => expect(parseStatus(text)).to.deep.equal(paths))
})
