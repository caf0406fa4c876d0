import {availableParallelism} from 'node:os'

export default {
  timeout: 60_000,
  slow: 5000,
  reporter: 'dot',
  forbidOnly: true,
  parallel: true,
  // One more than there are cores: most of the time goes into waiting for Codex, tmux and git.
  jobs: availableParallelism() + 1,
}
