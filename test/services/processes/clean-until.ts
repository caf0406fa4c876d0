import {afterRename} from '../../store/at-rename.ts'
import {clean, openIn} from '../clean-world.ts'

// Cleans up; dies in the very moment in which something has been renamed to a path like this.
const [root = '', last] = process.argv.slice(2)
if (last !== undefined)
  afterRename(to => {
    if (new RegExp(last).test(to)) process.kill(process.pid, 'SIGKILL')
  })
const {removed} = await clean(await openIn(root, process.env))
process.stdout.write(JSON.stringify(removed.map(place => place.path)))
