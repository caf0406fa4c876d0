import {addTask} from '../../../src/domain/task.ts'
import {openBoard} from '../../../src/store/board.ts'
import {projectPaths} from '../../../src/store/paths.ts'

const [root = '', count = '1', author = 'one'] = process.argv.slice(2)
const board = openBoard(projectPaths(root, `${root}/.git`))
for (let number = 1; number <= Number(count); number += 1) {
  const changed = await board.change(before => addTask(before, {title: `${author} ${number}`}, '2026-01-31T12:00:00Z'))
  process.stdout.write(`${changed.value.id} ${changed.board.revision}\n`)
}
