import {availableParallelism} from 'node:os'

export default {
  timeout: 60_000,
  slow: 5000,
  reporter: 'dot',
  forbidOnly: true,
  // What `src/system/wakeful-files.ts` is for the program.
  require: ['./test/support/wakeful-tests.ts'],
  parallel: true,
  // No more than there are cores: the tests start Codex, tmux, git and windows of their own.
  jobs: Math.max(2, availableParallelism()),
}
