import {execFileSync, spawnSync} from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import {commonFolderAround, headCommit} from '../../src/system/git-place.ts'

describe('where a repository is, without asking git', () => {
  let home: string
  let env: Record<string, string>
  const at = (...names: string[]) => path.join(home, ...names)

  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'cpm-')))
    env = {PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LC_ALL: 'C'}
    const identity = '[user]\n\tname = Test\n\temail = test@localhost\n[protocol "file"]\n\tallow = always\n'
    writeFileSync(at('.gitconfig'), `${identity}[init]\n\tdefaultBranch = main\n`)
    git(home, 'init', '-q', 'repo')
    git(at('repo'), 'commit', '-q', '--allow-empty', '-m', 'One')
    mkdirSync(at('repo', 'a', 'b'), {recursive: true})
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  function git(folder: string, ...args: string[]): void {
    execFileSync('git', args, {cwd: folder, env, stdio: 'ignore'})
  }

  /** Of a repository with files; null when it is bare, or git refuses. */
  function askGit(folder: string, own: Record<string, string>): string | null {
    const question = ['rev-parse', '--path-format=absolute', '--is-bare-repository', '--git-common-dir']
    const call = ['-c', 'safe.bareRepository=explicit', '-C', folder, ...question]
    const {status, stdout} = spawnSync('git', call, {env: own, encoding: 'utf8'})
    const [bare, common = ''] = stdout.split('\n')
    return status === 0 && bare === 'false' ? common : null
  }

  const known: [where: string, make: () => string][] = [
    ['its root', () => at('repo')],
    ['a folder below', () => at('repo', 'a', 'b')],
    [
      'a detached HEAD',
      () => {
        git(at('repo'), 'checkout', '-q', '--detach')
        return at('repo')
      },
    ],
    [
      'a worktree',
      () => {
        git(at('repo'), 'worktree', 'add', '-q', at('tree'))
        return at('tree')
      },
    ],
    [
      'a worktree whose branch is in a folder',
      () => {
        git(at('repo'), 'worktree', 'add', '-q', '-b', 'codex/task-001-x', at('repo-worktrees', 'one'))
        return at('repo-worktrees', 'one')
      },
    ],
  ]
  for (const [where, make] of known) {
    it(`is known in ${where}, and git says the same`, () => {
      const folder = make()
      expect(commonFolderAround(folder, env)).to.equal(at('repo', '.git'))
      expect(askGit(folder, env)).to.equal(at('repo', '.git'))
    })
  }

  const config = (text: string) => () => {
    appendFileSync(at('repo', '.git', 'config'), text)
    return at('repo')
  }
  const asked: [what: string, make: () => string][] = [
    ['is none', () => home],
    ['is not there', () => at('gone')],
    ['is inside the Git folder', () => at('repo', '.git', 'objects')],
    [
      'is bare',
      () => {
        git(home, 'init', '-q', '--bare', 'bare')
        return at('bare')
      },
    ],
    [
      'is a submodule',
      () => {
        git(at('repo'), 'submodule', 'add', '-q', at('repo'), 'sub')
        return at('repo', 'sub')
      },
    ],
    [
      'has its Git folder elsewhere',
      () => {
        git(home, 'init', '-q', '--separate-git-dir', at('apart'), 'thin')
        return at('thin')
      },
    ],
    [
      'is reached through a link',
      () => {
        symlinkSync(at('repo'), at('link'))
        return at('link')
      },
    ],
    [
      'has a link in place of its Git folder',
      () => {
        mkdirSync(at('linked'))
        symlinkSync(at('repo', '.git'), at('linked', '.git'))
        return at('linked')
      },
    ],
    [
      'has another one in its place that is empty',
      () => {
        mkdirSync(at('repo', 'a', '.git'))
        return at('repo', 'a')
      },
    ],
    [
      'is of a newer kind',
      () => {
        git(home, 'init', '-q', '--object-format=sha256', 'new')
        return at('new')
      },
    ],
    ['says that it is bare', config('[core]\n\tbare = true\n')],
    ['has its files elsewhere', config('[core]\n\tworktree = ../a\n')],
    ['takes settings from another file', config('[include]\n\tpath = more\n')],
    ['has settings for each worktree', config('[extensions]\n\tworktreeConfig = true\n')],
    ['has settings that git cannot read', config('[core\n')],
  ]
  for (const [what, make] of asked) {
    it(`is for git to say when it ${what}`, () => {
      expect(commonFolderAround(make(), env)).to.equal(undefined)
    })
  }

  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_CEILING_DIRECTORIES', 'GIT_CONFIG_COUNT']) {
    it(`is for git to say when there is ${name}`, () => {
      expect(commonFolderAround(at('repo'), {...env, [name]: home})).to.equal(undefined)
    })
  }

  for (const part of ['', '.git', '.git/objects', '.git/refs']) {
    it(`is for git to say, which refuses it, when another user owns ${part || 'its folder'}`, function () {
      if (process.geteuid?.() !== 0) this.skip()
      chownSync(at('repo', part), 65_534, 65_534)
      expect(commonFolderAround(at('repo'), env)).to.equal(undefined)
    })
  }

  const heads: [what: string, make: () => void, isKnown: boolean][] = [
    ['on a branch', () => undefined, true],
    ['on a branch in a folder', () => git(at('repo'), 'checkout', '-q', '-b', 'a/b/c'), true],
    ['detached', () => git(at('repo'), 'checkout', '-q', '--detach'), true],
    ['on a branch whose commit is packed', () => git(at('repo'), 'pack-refs', '--all'), false],
    [
      'on a branch that is another name of one',
      () => git(at('repo'), 'symbolic-ref', 'HEAD', 'refs/heads/alias'),
      false,
    ],
    ['on a branch without a commit', () => git(at('repo'), 'checkout', '-q', '--orphan', 'new'), false],
    [
      'a way out of the Git folder',
      () => {
        writeFileSync(at('repo', 'a', 'b', 'file'), `${'0'.repeat(40)}\n`)
        writeFileSync(at('repo', '.git', 'HEAD'), 'ref: refs/heads/../../../a/b/file\n')
      },
      false,
    ],
  ]
  for (const [what, make, isKnown] of heads) {
    it(`tells the commit of a HEAD that is ${what} as git does, or leaves it to git`, () => {
      git(at('repo'), 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main')
      make()
      const {status, stdout} = spawnSync('git', ['-C', at('repo'), 'rev-parse', '-q', '--verify', 'HEAD^{commit}'], {
        env,
        encoding: 'utf8',
      })
      const told = headCommit(at('repo', '.git'))
      expect(told !== undefined).to.equal(isKnown)
      if (isKnown) expect([status, stdout]).to.deep.equal([0, `${told}\n`])
    })
  }

  it('is known with variables that tell git other things', () => {
    const others = {GIT_SSL_CAINFO: '/ca', GIT_SSH_COMMAND: 'ssh', GIT_EDITOR: 'vi', GIT_AUTHOR_NAME: 'Me'}
    expect(commonFolderAround(at('repo'), {...env, ...others})).to.equal(at('repo', '.git'))
  })

  it('is never another than what git says', () => {
    git(at('repo'), 'worktree', 'add', '-q', at('tree'))
    const settings = readFileSync(at('repo', '.git', 'config'), 'utf8')
    const line = fc.oneof(
      fc.constantFrom(
        '[core]',
        '[core "x"]',
        '[extensions]',
        '[include]',
        '[x',
        '[core] bare = true',
        '# [core]',
        '; x',
      ),
      fc
        .tuple(
          fc.constantFrom('bare', 'Bare', 'worktree', 'repositoryformatversion', 'path', 'x', '1', 'objectformat'),
          fc.constantFrom(
            '',
            ' =',
            '=',
            ' = true',
            ' = false',
            ' = 0',
            ' = 1',
            ' = ..',
            ' = "a',
            ' = a \\',
            ' = # x',
            ' = no',
          ),
        )
        .map(([key, value]) => `\t${key}${value}`),
    )
    const head = fc.constantFrom(
      'ref: refs/heads/main\n',
      'ref: refs/heads/new\n',
      'ref: x\n',
      '',
      `${'0'.repeat(40)}\n`,
      'main\n',
    )
    const places = fc.constantFrom(['repo'], ['repo', 'a', 'b'], ['tree'], ['repo', '.git'], [])
    let told = 0
    fc.assert(
      fc.property(fc.array(line, {maxLength: 4}), fc.option(head), places, (lines, text, names) => {
        writeFileSync(at('repo', '.git', 'config'), [settings, ...lines, ''].join('\n'))
        writeFileSync(at('repo', '.git', 'HEAD'), text ?? 'ref: refs/heads/main\n')
        const ours = commonFolderAround(at(...names), env)
        if (ours === undefined) return
        told += 1
        expect(ours).to.equal(askGit(at(...names), env))
      }),
      {numRuns: 400},
    )
    expect(told).to.be.greaterThan(20)
  })
})
