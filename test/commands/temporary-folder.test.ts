import {mkdir, readdir, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'

import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine} from './machine.ts'

/** One for each kind of thing that is written. */
const CALLS: string[][] = [
  ['create-task', 'One more'],
  ['update-task', 'TASK-001', '--acceptance', 'It holds'],
  ['request-input', '--session-name', 'worker-task-002', '--summary', 'Why?'],
  ['request-review', 'TASK-001', '--summary', 'Half of it'],
  ['run', '--purpose', 'build', '--', 'true'],
  ['clean', '--apply'],
]

describe('the folder for temporary files', () => {
  let machine: Machine
  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  for (const place of ['that is empty', 'that is not there']) {
    it(`A-101: is not needed, and nothing of the team is in one ${place}`, async () => {
      const TMPDIR = path.join(machine.folder, place)
      if (place !== 'that is not there') await mkdir(TMPDIR)
      const env = {TMPDIR, TMP: TMPDIR, TEMP: TMPDIR}
      const root = await machine.repository(`repo ${place}`)
      const tree = `${root}-tree`
      await machine.git(root, 'worktree', 'add', '-q', '-b', 'work', tree)
      await writeFile(path.join(tree, 'half'), 'done\n')
      expect((await machine.run(['init'], {cwd: root, env})).code).to.equal(0)
      const task = {status: 'in_progress', worktree: tree, branch: 'work'} as const
      await putOnBoard(root, {tasks: [task, task], sessions: [{name: 'worker-task-002', status: 'closed'}]})
      for (const argv of CALLS) {
        const {code, stderr} = await machine.run(argv, {cwd: root, env})
        expect({argv, code, stderr}).to.deep.equal({argv, code: 0, stderr: ''})
      }
      expect(await readdir(TMPDIR).catch((error: NodeJS.ErrnoException) => error.code)).to.deep.equal(
        place === 'that is not there' ? 'ENOENT' : [],
      )
    })
  }
})
