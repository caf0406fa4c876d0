import {existsSync} from 'node:fs'
import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Snapshot} from '../../src/domain/snapshot.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, wholeTree} from './machine.ts'

const ODD = 'a\nb "q" \\ \u001b[31m $(x)'

describe('snapshots', () => {
  let machine: Machine
  let root: string
  let worktree: string
  let made = 0

  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())
  beforeEach(async () => {
    made += 1
    root = await machine.repository(`repo-${made}`)
    await machine.json(['init'], {cwd: root})
    worktree = `${root}-tree`
    await machine.git(root, 'worktree', 'add', '-q', '-b', 'work', worktree)
    await putOnBoard(root, {tasks: [{status: 'in_progress', worktree, branch: 'work'}]})
  })

  /** Hands back what the worktree holds, which makes a snapshot of it. */
  async function handBack(): Promise<void> {
    await machine.json(['request-review', 'TASK-001', '--summary', 'Half'], {cwd: root})
    await machine.json(['update-task', 'TASK-001', '--status', 'in_progress'], {cwd: root})
  }

  const list = async (...argv: string[]) =>
    machine.json<{snapshots: Snapshot[]; next_cursor: string | null}>(['snapshots', ...argv], {cwd: root})

  it('are listed, the newest first and page by page', async () => {
    await writeFile(path.join(worktree, 'a'), 'a')
    await handBack()
    await writeFile(path.join(worktree, 'b'), 'b')
    await handBack()
    const {snapshots} = await list()
    expect(snapshots.map(({session, task_id, reason, paths}) => ({session, task_id, reason, paths}))).to.deep.equal([
      {session: 'worker-task-001', task_id: 'TASK-001', reason: 'hand-back', paths: 2},
      {session: 'worker-task-001', task_id: 'TASK-001', reason: 'hand-back', paths: 1},
    ])
    const [newer = '', older = ''] = snapshots.map(({id}) => id)
    expect(newer > older).to.equal(true)
    expect((await list('--limit', '1')).next_cursor).to.equal(newer)
    expect((await list('--cursor', newer)).snapshots.map(({id}) => id)).to.deep.equal([older])
    expect((await list('worker-task-002')).snapshots).to.deep.equal([])
    const {stdout} = await machine.run(['snapshots', '--limit', '1'], {cwd: root})
    expect(stdout).to.contain('SNAPSHOT').and.to.contain(`More: codex-planner snapshots --cursor ${newer}`)
  })

  it('tell what was left out', async () => {
    await writeFile(path.join(worktree, '.gitignore'), 'big\n')
    await writeFile(path.join(worktree, 'big'), Buffer.alloc(11 * 1024 * 1024))
    await handBack()
    const {stdout} = await machine.run(['snapshots'], {cwd: root})
    expect(stdout).to.match(/LEFT OUT\n.*TASK-001.*hand-back +1 +big\n$/)
  })

  it('are read whoever made the ref', async () => {
    await machine.git(root, 'update-ref', 'refs/codex-planner/snapshots/worker-task-001/20260131T120000-000Z', 'HEAD')
    await machine.git(root, 'update-ref', 'refs/codex-planner/snapshots/elsewhere', 'HEAD')
    const [snapshot, ...more] = (await list()).snapshots
    expect(more).to.deep.equal([])
    expect(snapshot).to.include({taken_at: '2026-01-31T12:00:00.000Z', reason: null})
  })

  describe('are written again', () => {
    it('byte for byte into a new folder, without a program of the repository (A-045, A-047)', async () => {
      const canary = path.join(machine.folder, `ran-${made}`)
      await machine.git(root, 'config', 'filter.x.clean', `touch '${canary}'; cat`)
      await machine.git(root, 'config', 'filter.x.smudge', `touch '${canary}'; cat`)
      await machine.git(root, 'config', 'core.autocrlf', 'true')
      await writeFile(path.join(worktree, '.gitattributes'), '* filter=x text eol=crlf ident\n')
      await writeFile(path.join(worktree, 'dos'), 'a\r\nb\n$Id: 1 $\n')
      await writeFile(path.join(worktree, ODD), Buffer.from([0, 255, 13, 10]))
      await mkdir(path.join(worktree, 'sub'))
      await writeFile(path.join(worktree, 'sub/run.sh'), '#!/bin/sh\n')
      await chmod(path.join(worktree, 'sub/run.sh'), 0o755)
      await symlink('/nowhere', path.join(worktree, 'link'))
      await handBack()
      const [snapshot] = (await list()).snapshots
      const to = path.join(machine.folder, `restored-${made}`, 'deep')
      const {path: at} = await machine.json<{path: string}>(['restore-snapshot', snapshot?.id ?? '', '--to', to], {
        cwd: root,
      })
      expect(at).to.equal(to)
      const {'.git': _, ...stood} = await wholeTree(worktree)
      expect(await wholeTree(to)).to.deep.equal(stood)
      expect(existsSync(canary)).to.equal(false)
    })

    it('into an empty folder, through a link to it', async () => {
      await writeFile(path.join(worktree, 'a'), 'a')
      await handBack()
      const [snapshot] = (await list()).snapshots
      const to = path.join(machine.folder, `empty-${made}`)
      await mkdir(to)
      await symlink(to, `${to}-link`)
      const argv = ['restore-snapshot', snapshot?.id ?? '', '--to', `${to}-link`]
      expect((await machine.run(argv, {cwd: root})).stdout).to.equal(`The files of ${snapshot?.id} are in ${to}.\n`)
      expect(Object.keys(await wholeTree(to))).to.deep.equal(['a'])
    })

    const PLACES: [what: string, place: () => Promise<string>, says: string][] = [
      ['a folder that has something in it', async () => machine.home, 'has something in it'],
      ['the repository', async () => path.join(root, 'new'), 'outside of the repository'],
      ['a worktree', async () => path.join(worktree, 'new'), 'outside of the repository'],
      ['the Git folder', async () => path.join(root, '.git', 'new'), 'outside of the repository'],
      ['another Git folder', async () => path.join(machine.folder, 'x/.git/new'), 'inside a .git folder'],
      [
        "Codex's own folder of any project",
        async () => path.join(machine.folder, '.codex/new'),
        'inside a .codex folder',
      ],
      [
        'the repository through a link',
        async () => {
          const link = path.join(machine.folder, `way-in-${made}`)
          await symlink(root, link)
          return path.join(link, 'new')
        },
        'outside of the repository',
      ],
      [
        'a link that leads nowhere',
        async () => {
          const link = path.join(machine.folder, `nowhere-${made}`)
          await symlink('/nowhere/at/all', link)
          return link
        },
        'cannot be used as a folder',
      ],
      [
        'a file',
        async () => {
          const file = path.join(machine.folder, `file-${made}`)
          await writeFile(file, '')
          return file
        },
        'cannot be used as a folder',
      ],
    ]
    for (const [what, place, says] of PLACES) {
      it(`never into ${what}`, async () => {
        await writeFile(path.join(worktree, 'a'), 'a')
        await handBack()
        const [snapshot] = (await list()).snapshots
        const to = await place()
        const before = await wholeTree(root)
        const {code, message, exit} = await machine.refusal(['restore-snapshot', snapshot?.id ?? '', '--to', to], {
          cwd: root,
        })
        expect({code, exit}).to.deep.equal({code: 'UNSAFE_FOLDER', exit: 1})
        expect(message).to.contain(says)
        expect(await wholeTree(root)).to.deep.equal(before)
      })
    }

    it('only when they are there', async () => {
      const argv = ['restore-snapshot', 'worker-task-001/20260131T120000-000Z', '--to', `${root}-x`]
      expect(await machine.refusal(argv, {cwd: root})).to.include({code: 'SNAPSHOT_NOT_FOUND', exit: 1})
      expect(existsSync(`${root}-x`)).to.equal(false)
    })

    for (const role of ['planner', 'worker', 'observer']) {
      it(`never by a ${role}`, async () => {
        const env = {CODEX_ORCHESTRATOR_ROLE: role, CODEX_ORCHESTRATOR_SESSION: 'worker-task-001'}
        const argv = ['restore-snapshot', 'worker-task-001/20260131T120000-000Z', '--to', `${root}-x`]
        expect((await machine.refusal(argv, {cwd: root, env})).code).to.equal('ROLE_FORBIDDEN')
      })
    }
  })
})
