import {addSession} from '../../../src/domain/session.ts'
import {addTask} from '../../../src/domain/task.ts'
import {openBoard} from '../../../src/store/board.ts'
import {projectPaths} from '../../../src/store/paths.ts'
import {afterRename} from '../at-rename.ts'
import {aSession} from '../temp-project.ts'

// Dies when the named file has taken its place, as a machine would that loses its power right then.
const [root = '', last = ''] = process.argv.slice(2)
afterRename(to => {
  if (to === last) process.kill(process.pid, 'SIGKILL')
})
await openBoard(projectPaths(root, `${root}/.git`)).change(before => {
  const [changed] = addTask(before, {title: 'Both files'}, '2026-01-31T12:00:00Z')
  return [addSession(changed, aSession()), null]
})
process.stdout.write('done\n')
