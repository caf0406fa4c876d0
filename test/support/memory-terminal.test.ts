import {describeTerminalBackend} from '@codex-planner/plugin-api/testing'

import {memoryTerminal} from './memory-terminal.ts'

describeTerminalBackend('the memory terminal', async () => {
  const backend = memoryTerminal()
  return {backend, cleanUp: () => backend.closeAll()}
})
