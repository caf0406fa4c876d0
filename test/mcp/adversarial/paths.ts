import {chmod, chown, mkdir, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'

import {wholeTree} from '../../commands/machine.ts'
import type {Stage} from './stage.ts'

const BOUND = ['planner', 'worker', 'observer'] as const
const NOT_ABSOLUTE = '`repo_path` must be an absolute path, without control characters.'
const TOO_LONG = '`repo_path` must be text of at most 4096 characters.'
const ELSEWHERE = 'This tool server works on one repository, and `repo_path` is not in it.'

export function paths(stage: () => Stage): void {
  /** Refused by the server of every role. */
  async function refused(repo_path: unknown, code: string, message: string): Promise<void> {
    const errors = await stage().refusedAll(BOUND.map(who => [who, 'list_tasks', {repo_path}] as const))
    for (const error of errors) {
      expect({code: error.code, message: error.message}).to.deep.equal({code, message})
    }
  }

  const outside: [row: string, what: string, folder: (stage: Stage) => string][] = [
    ['A1', 'a folder of the system', () => '/etc'],
    ['A1', 'the root of the file system', () => '/'],
    ['A1', 'a folder that is none', () => '/root/.ssh/nowhere'],
    ['A2', 'another repository, by a way through this one', ({root}) => `${root}/../other`],
    ['A3', 'a sibling whose name begins the same', ({root}) => `${root}-evil`],
    ['A4', 'a link in the repository that leads out of it', ({root}) => path.join(root, 'link')],
    ['A10', 'the Git folder', ({root}) => path.join(root, '.git')],
    ['A11', 'a submodule', ({root}) => path.join(root, 'module')],
    ['A11', 'a repository inside this one', ({root}) => path.join(root, 'nested')],
    ['E12', 'a repository with a board of its own', ({other}) => other],
  ]
  for (const [row, what, folder] of outside) {
    it(`MCP ${row}: is not ${what}`, () => refused(folder(stage()), 'REPO_NOT_ALLOWED', ELSEWHERE))
  }

  const inside: [row: string, what: string, folder: (stage: Stage) => string][] = [
    ['A4', 'a link from elsewhere into the repository', ({machine}) => path.join(machine.folder, 'way-in')],
    ['A11', 'a worktree', ({machine}) => path.join(machine.folder, 'tree')],
  ]
  for (const [row, what, folder] of inside) {
    it(`MCP ${row}: may be ${what}, and means the repository`, async () => {
      const {machine, answered, untouched} = stage()
      const repo_path = folder(stage())
      const ask = () => answered<{tasks: {id: string}[]}>('worker', 'list_tasks', {repo_path})
      const {tasks} = await untouched(ask)
      expect(tasks.map(({id}) => id)).to.include('TASK-001')
      expect(Object.keys(await wholeTree(machine.folder))).not.to.include('tree/.codex')
    })
  }

  const malformed: [row: string, value: unknown, message: string][] = [
    ...['.', '../x', '', '   '].map(value => ['A6', value, NOT_ABSOLUTE] as [string, string, string]),
    ...['/x\0y', '/r\n', '/r\r\nX', '/r\u0085'].map(value => ['A7', value, NOT_ABSOLUTE] as [string, string, string]),
    ...['~', '$HOME', '${IFS}', '%2e%2e', 'file:///etc'].map(
      value => ['A8', value, NOT_ABSOLUTE] as [string, string, string],
    ),
    ...['--upload-pack=touch /x', '-C', '--git-dir=/x'].map(
      value => ['A9', value, NOT_ABSOLUTE] as [string, string, string],
    ),
    ['A12', `/${'x'.repeat(900_000)}`, TOO_LONG],
    ['A12', '/segment'.repeat(5000), TOO_LONG],
    ['A12', '/\ud800', NOT_ABSOLUTE],
    ['A14', null, TOO_LONG],
    ['A14', 7, TOO_LONG],
    ['A14', ['/x'], TOO_LONG],
  ]
  for (const [row, value, message] of malformed) {
    it(`MCP ${row}: is not ${JSON.stringify(value).slice(0, 30)}`, () => refused(value, 'INVALID_ARGUMENT', message))
  }

  it('MCP A14: may be left out, and is the repository of the server then', async () => {
    const {tasks} = await stage().answered<{tasks: {id: string}[]}>('observer', 'list_tasks')
    expect(tasks.map(({id}) => id)).to.include('TASK-001')
  })

  const noRepository: [what: string, folder: (stage: Stage) => string, code: string][] = [
    ['a folder without one', ({machine}) => machine.folder, 'NOT_A_REPOSITORY'],
    ['a folder of the system', () => '/etc', 'NOT_A_REPOSITORY'],
    ['another user’s home', () => '/nonexistent/home', 'NOT_A_REPOSITORY'],
    ['the Git folder of one', ({root}) => path.join(root, '.git'), 'NOT_A_REPOSITORY'],
    ['a bare one', ({machine}) => path.join(machine.folder, 'bare.git'), 'BARE_REPOSITORY'],
  ]
  for (const [what, folder, code] of noRepository) {
    it(`MCP A10, A-081: makes no repository of ${what}, also where any repository is allowed`, async () => {
      expect((await stage().refused('open', 'init_repo', {repo_path: folder(stage())})).code).to.equal(code)
    })
  }

  it('A-081: needs a board for what works on one, also where any repository is allowed', async () => {
    const {machine, refused} = stage()
    const error = await refused('open', 'create_task', {
      repo_path: path.join(machine.folder, 'repo-evil'),
      title: 'One',
    })
    expect([error.code, error.suggestions]).to.deep.equal(['NOT_INITIALIZED', ['init_repo']])
  })

  it('A-081: is not another user’s repository', async function () {
    const {machine, refused} = stage()
    if (process.getuid?.() !== 0) this.skip()
    const error = await refused('open', 'list_tasks', {repo_path: path.join(machine.folder, 'foreign')})
    expect([error.code, error.message]).to.deep.equal([
      'NOT_A_REPOSITORY',
      `${machine.folder}/foreign belongs to another user, so git does not open it; git says what to do when you trust it.`,
    ])
  })

  it('MCP A13: has no program of the repository’s settings run when it is looked at', async () => {
    const {machine, root, answered} = stage()
    const marker = path.join(machine.folder, 'it-ran')
    const script = path.join(machine.folder, 'hook.sh')
    await writeFile(script, `#!/bin/sh\necho "$0" >> ${marker}\n`)
    await chmod(script, 0o755)
    const keys = [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.editor',
      'diff.external',
      'credential.helper',
    ]
    for (const key of keys) await machine.git(root, 'config', key, script)
    await machine.git(root, 'config', 'core.hooksPath', machine.folder)
    try {
      for (const tool of ['doctor', 'list_tasks', 'list_sessions', 'resources', 'list_leases', 'snapshots']) {
        await answered('observer', tool, {repo_path: root})
      }
      await answered('observer', 'show_task', {task_id: 'TASK-001'})
      expect(Object.keys(await wholeTree(machine.folder))).not.to.include('it-ran')
    } finally {
      for (const key of [...keys, 'core.hooksPath']) await machine.git(root, 'config', '--unset', key)
    }
  })
}

/** The repositories around `root` that the rows name. */
export async function surround({machine, root}: Stage): Promise<void> {
  const at = (name: string) => path.join(machine.folder, name)
  await machine.git(machine.folder, 'init', '-q', '--bare', 'bare.git')
  await machine.git(root, 'worktree', 'add', '-q', '-b', 'tree', at('tree'))
  await machine.repository('repo/nested')
  const local = ['-c', 'protocol.file.allow=always']
  await machine.git(root, ...local, 'submodule', '--quiet', 'add', at('other'), 'module')
  await symlink('/etc', path.join(root, 'link'))
  await symlink(root, at('way-in'))
  await mkdir(path.join(root, 'sub'))
  await writeFile(at('canary'), 'alive\n')
  const foreign = await machine.repository('foreign')
  // Only the administrator can give a folder away.
  if (process.getuid?.() === 0) for (const at of [foreign, path.join(foreign, '.git')]) await chown(at, 65_534, 65_534)
}
