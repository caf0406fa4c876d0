import {changeTask} from '../../../src/domain/task.ts'
import {openBoard} from '../../../src/store/board.ts'
import {projectPaths} from '../../../src/store/paths.ts'
import {afterRename} from '../at-rename.ts'

// Dies when the archive has taken its place and the board has not.
const [root = ''] = process.argv.slice(2)
const paths = projectPaths(root, `${root}/.git`)
afterRename(to => {
  if (to.startsWith(paths.board.archive)) process.kill(process.pid, 'SIGKILL')
})
await openBoard(paths).change(before => changeTask(before, 'TASK-500', {title: 'Again'}, '2026-01-31T12:00:00Z'))
process.stdout.write('done\n')
