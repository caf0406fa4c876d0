import {existsSync, readFileSync} from 'node:fs'
import {mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {type Machine, makeMachine, wholeTree} from './machine.ts'

const FILES = [
  '.codex/board/tasks.yaml',
  '.codex/board/sessions.yaml',
  '.codex/board/decisions.md',
  '.codex/board/risks.md',
  '.codex/board/backlog.md',
  '.codex/prompts/planner.md',
  '.codex/prompts/worker.md',
  '.codex/prompts/reviewer.md',
  '.codex/logs/orchestrator.jsonl',
]

interface Bootstrapped {
  created: string[]
  kept: string[]
}

describe('init', () => {
  let machine: Machine
  let count = 0
  const fresh = () => machine.repository(`init-${++count}`)
  const init = (cwd: string) => machine.json<Bootstrapped>(['init'], {cwd})
  const excluded = (root: string) =>
    readFileSync(path.join(root, '.git/info/exclude'), 'utf8')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  it('makes the project folder and says what it made', async () => {
    const root = await fresh()
    expect(await init(root)).to.deep.equal({created: FILES, kept: []})
    for (const file of FILES) expect(existsSync(path.join(root, file)), file).to.equal(true)
    for (const folder of ['handoffs', 'state/rendered_prompts']) {
      expect(existsSync(path.join(root, '.codex', folder)), folder).to.equal(true)
    }
  })

  it('tells a person the same, one file a line', async () => {
    const {code, stdout, stderr} = await machine.run(['init'], {cwd: await fresh()})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout).to.equal(['Made 9 files, kept 0.', ...FILES.map(file => `  ${file}`), ''].join('\n'))
  })

  it('changes nothing the second time, and says so', async () => {
    const root = await fresh()
    await init(root)
    const before = await wholeTree(root)
    const {code, stdout} = await machine.run(['init'], {cwd: root})
    expect({code, stdout}).to.deep.equal({code: 0, stdout: 'Nothing to do: all 9 files are there.\n'})
    expect(await init(root)).to.deep.equal({created: [], kept: FILES})
    expect(await wholeTree(root)).to.deep.equal(before)
  })

  it('makes what is missing and keeps what a person edited (F-001, F-002)', async () => {
    const root = await fresh()
    await init(root)
    const template = path.join(root, '.codex/prompts/worker.md')
    await writeFile(template, 'My own words.\n')
    await machine.json(['create-task', 'Keep me'], {cwd: root})
    const tasks = await readFile(path.join(root, '.codex/board/tasks.yaml'), 'utf8')
    await rm(path.join(root, '.codex/prompts/planner.md'))
    await rm(path.join(root, '.codex/board/risks.md'))
    const {created, kept} = await init(root)
    expect(created).to.deep.equal(['.codex/board/risks.md', '.codex/prompts/planner.md'])
    expect(kept.length).to.equal(7)
    expect(await readFile(template, 'utf8')).to.equal('My own words.\n')
    expect(await readFile(path.join(root, '.codex/board/tasks.yaml'), 'utf8')).to.equal(tasks)
  })

  it('leaves Codex’s own files in the folder alone', async () => {
    const root = await fresh()
    await mkdir(path.join(root, '.codex'))
    await writeFile(path.join(root, '.codex/config.toml'), 'model = "x"\n')
    await writeFile(path.join(root, '.codex/hooks.json'), '{}\n')
    await init(root)
    expect(await readFile(path.join(root, '.codex/config.toml'), 'utf8')).to.equal('model = "x"\n')
    expect(await readFile(path.join(root, '.codex/hooks.json'), 'utf8')).to.equal('{}\n')
  })

  it('hides four folders from git in this clone alone, and nothing else', async () => {
    const root = await fresh()
    await writeFile(path.join(root, '.gitignore'), '*.tmp\n')
    await init(root)
    await init(root)
    expect(excluded(root)).to.deep.equal(['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state'])
    expect(await readFile(path.join(root, '.gitignore'), 'utf8')).to.equal('*.tmp\n')
    expect(
      (await machine.git(root, 'status', '--porcelain', '--untracked-files=all')).split('\n').filter(Boolean),
    ).to.deep.equal([
      '?? .codex/prompts/planner.md',
      '?? .codex/prompts/reviewer.md',
      '?? .codex/prompts/worker.md',
      '?? .gitignore',
    ])
  })

  it('keeps a person’s own lines there, also one without a line end', async () => {
    const root = await fresh()
    await writeFile(path.join(root, '.git/info/exclude'), '# mine\n/.codex/logs\nnotes.txt')
    await init(root)
    expect(readFileSync(path.join(root, '.git/info/exclude'), 'utf8')).to.equal(
      '# mine\n/.codex/logs\nnotes.txt\n.codex/board\n.codex/handoffs\n.codex/state\n',
    )
  })

  it('finds the same board from a subdirectory, a worktree, a link, and by --repo-path', async () => {
    const root = await fresh()
    const tree = `${root}-tree`
    await machine.git(root, 'worktree', 'add', '-q', '-b', 'other', tree)
    await mkdir(path.join(root, 'deep/down'), {recursive: true})
    await mkdir(path.join(tree, 'deep'))
    await symlink(root, `${root}-link`)
    expect(await init(path.join(tree, 'deep'))).to.deep.equal({created: FILES, kept: []})
    for (const entrance of [
      root,
      path.join(root, 'deep/down'),
      path.join(root, '.codex'),
      tree,
      `${root}-link`,
      `${root}-link/deep`,
    ]) {
      expect(await init(entrance), entrance).to.deep.equal({created: [], kept: FILES})
      expect(await machine.json(['init', '--repo-path', entrance], {cwd: machine.home}), entrance).to.deep.equal({
        created: [],
        kept: FILES,
      })
    }
    expect(existsSync(path.join(tree, '.codex'))).to.equal(false)
    expect(excluded(root)).to.deep.equal(['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state'])
  })

  it('goes to the repository it stands in, whatever GIT_DIR says (F-090)', async () => {
    const [here, other] = [await fresh(), await fresh()]
    const env = {
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: path.join(other, '.git/index'),
    }
    await machine.json(['init'], {cwd: here, env})
    expect([existsSync(path.join(here, '.codex')), existsSync(path.join(other, '.codex'))]).to.deep.equal([true, false])
  })

  it('is done whole by many at once', async () => {
    const root = await fresh()
    const answers = await Promise.all(Array.from({length: 6}, () => init(root)))
    expect(answers.flatMap(({created}) => created).toSorted()).to.deep.equal(FILES.toSorted())
    for (const {created, kept} of answers) expect([...created, ...kept].toSorted()).to.deep.equal(FILES.toSorted())
    expect(excluded(root).toSorted()).to.deep.equal(['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state'])
  })

  for (const name of [
    'with blank',
    `it's "quoted"`,
    '$(touch owned)',
    '#(id)',
    'ünïcödé 漢字',
    'line\nfeed',
    '-dash',
    'end ',
  ]) {
    it(`works in a folder called ${JSON.stringify(name)} (F-087, F-088)`, async () => {
      const root = await machine.repository(name)
      expect(await init(root)).to.deep.equal({created: FILES, kept: []})
      expect(await machine.json(['create-task', 'One'], {cwd: root})).to.have.nested.property('task.id', 'TASK-001')
      expect(existsSync(path.join(root, 'owned'))).to.equal(false)
    })
  }

  it('works before the first commit (F-078)', async () => {
    const root = await machine.repository('no-commit', {commit: false})
    expect(await init(root)).to.deep.equal({created: FILES, kept: []})
  })

  describe('refuses, and leaves nothing,', () => {
    it('where no repository is', async () => {
      const folder = path.join(machine.folder, 'plain')
      await mkdir(folder)
      const {exit, code} = await machine.refusal(['init'], {cwd: folder})
      expect({exit, code}).to.deep.equal({exit: 1, code: 'NOT_A_REPOSITORY'})
      expect(await wholeTree(folder)).to.deep.equal({})
    })

    it('in a folder that is not there', async () => {
      const {exit, code, message} = await machine.refusal(['init', '--repo-path', '/no/where'], {cwd: machine.home})
      expect({exit, code, message}).to.deep.equal({
        exit: 1,
        code: 'NOT_A_REPOSITORY',
        message: 'There is no folder /no/where.',
      })
    })

    it('in a bare repository (F-079)', async () => {
      const bare = path.join(machine.folder, 'bare.git')
      await machine.git(machine.folder, 'init', '-q', '--bare', bare)
      const before = await wholeTree(bare)
      const {exit, code} = await machine.refusal(['init'], {cwd: bare})
      expect({exit, code}).to.deep.equal({exit: 1, code: 'BARE_REPOSITORY'})
      expect(await wholeTree(bare)).to.deep.equal(before)
    })

    it('where .codex is a link to elsewhere (A-056, G14)', async () => {
      const root = await fresh()
      const elsewhere = path.join(machine.folder, 'elsewhere')
      await mkdir(elsewhere)
      await symlink(elsewhere, path.join(root, '.codex'))
      const {exit, code} = await machine.refusal(['init'], {cwd: root})
      expect({exit, code}).to.deep.equal({exit: 1, code: 'UNSAFE_FILE'})
      expect(await wholeTree(elsewhere)).to.deep.equal({})
    })
  })
})
