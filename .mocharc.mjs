import {availableParallelism} from 'node:os'

export default {
  timeout: 60_000,
  slow: 5000,
  reporter: 'dot',
  forbidOnly: true,
  parallel: true,
  // No more than there are cores: the tests start Codex, tmux, git and windows of their own.
  jobs: Math.max(2, availableParallelism()),
}
