import {expect} from 'chai'

import {heavyRefusal} from '../../src/services/heavy-refusal.ts'
import type {Project} from '../../src/services/project.ts'

describe('a start on a host that names no heavy commands', () => {
  it('has no hook, and Codex is not asked about any', async () => {
    const host = {
      config: {heavy_commands: [], codex_args: ['--yolo']},
      codex: () => {
        throw new Error('Codex was asked.')
      },
    }
    const project = {host, root: '/srv/shop'} as unknown as Project
    expect(await heavyRefusal(project, {run: 'planner-1', cwd: '/srv/shop', cli: '/srv/cli'})).to.equal(null)
  })
})
