import {chmod, readFile, rename, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'

import {putOnBoard} from '../../commands/boards.ts'
import {wholeTree} from '../../commands/machine.ts'
import {answerIn, failureIn, requireSound, type Stage} from './stage.ts'

export function damage(stage: () => Stage): void {
  describe('in a damaged file', () => {
    let repo_path: string
    let file: string
    let good: Buffer
    before(async () => {
      repo_path = await stage().project('damaged')
      file = path.join(repo_path, '.codex/board/tasks.yaml')
      await putOnBoard(repo_path, {tasks: [{title: 'Kept'}]})
      good = await readFile(file)
    })
    afterEach(() => writeFile(file, good))

    const damages: [what: string, damage: (good: Buffer) => Buffer | string | null, says: string][] = [
      [
        '50 MiB',
        () => Buffer.alloc(50 * 1024 * 1024, 'a'),
        ': it has 52428800 bytes; a board file has at most 5000000.',
      ],
      [
        'an alias bomb',
        () => 'tasks: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n',
        ' line 1, column 11: anchors (&name) are not used here.',
      ],
      [
        'a tag that runs code elsewhere',
        () => 'tasks: !!js/function x\n',
        ' line 1, column 8: tags (!name) are not used here.',
      ],
      [
        'a key twice',
        () => 'revision: 1\nrevision: 2\ntasks: []\n',
        ' line 2, column 1: this key stands twice in the same entry.',
      ],
      ['tabs', () => 'tasks:\n\t- id: TASK-001\n', ' line 2, column 1: a tab is used to indent; YAML wants spaces.'],
      [
        'half of it',
        good => good.subarray(0, good.length - 90),
        ' line 20, column 5: a quote, bracket or colon is missing before this place.',
      ],
      ['bytes that are no UTF-8', () => Buffer.from([0x74, 0xff, 0xfe]), ': it is not UTF-8 text.'],
      ['nothing at all', () => null, ' is gone, but it held entries.'],
    ]
    for (const [what, damage, says] of damages) {
      it(`MCP G13: is reported and left alone: ${what}`, async () => {
        const bytes = damage(good)
        if (bytes === null) await rm(file)
        else await writeFile(file, bytes)
        const errors = await stage().refusedAll([
          ['open', 'list_tasks', {repo_path}],
          ['open', 'create_task', {repo_path, title: 'More'}],
          ['open', 'update_task', {repo_path, task_id: 'TASK-001', title: 'Mine'}],
        ])
        for (const {code, message, suggestions} of errors) {
          expect({code, message}).to.deep.equal({code: 'CORRUPT_BOARD', message: `.codex/board/tasks.yaml${says}`})
          expect(suggestions).to.deep.equal([`cp ${repo_path}/.git/codex-planner/good/tasks.yaml/latest ${file}`])
        }
      })
    }
  })

  it('MCP G14: is not written through a link', async () => {
    const {machine, project, refusedAll} = stage()
    const repo_path = await project('linked')
    const board = path.join(repo_path, '.codex/board')
    await rename(board, path.join(machine.folder, 'elsewhere'))
    await symlink(path.join(machine.folder, 'elsewhere'), board)
    const errors = await refusedAll([
      ['open', 'list_tasks', {repo_path}],
      ['open', 'create_task', {repo_path, title: 'More'}],
      ['open', 'init_repo', {repo_path}],
    ])
    for (const {code, message} of errors) {
      expect({code, message}).to.deep.equal({
        code: 'UNSAFE_FILE',
        message: `${board} is a symbolic link, not a real folder.`,
      })
    }
  })

  it('MCP G18: is looked at with no program of the repository', async () => {
    const {machine, project, start} = stage()
    const repo_path = await project('programs')
    for (const name of ['git', 'tmux', 'codex', 'no-codex-on-this-machine']) {
      await writeFile(path.join(repo_path, name), `#!/bin/sh\ntouch ${machine.folder}/it-ran\n`)
      await chmod(path.join(repo_path, name), 0o755)
    }
    const env = {PATH: `.::${repo_path}:${machine.env.PATH}`}
    const server = start(['--role', 'planner', '--session', 'planner', '--repo-path', repo_path], {cwd: repo_path, env})
    await server.initialize()
    answerIn(await server.call('doctor'))
    answerIn(await server.call('create_task', {title: 'More'}))
    expect(failureIn(await server.call('spawn_worker', {task_id: 'TASK-001'})).code).to.equal('PROGRAM_MISSING')
    await requireSound(server)
    expect(Object.keys(await wholeTree(machine.folder))).not.to.include('it-ran')
  })
}
