import {describeWorkerPolicy} from '@codex-planner/plugin-api/testing'
import {expect} from 'chai'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {maxWorkers} from '../src/max-workers.ts'
import provide from '../src/provide.ts'

const hostFor = (settings: Record<string, unknown> = {}) => testPluginHost({stateFolder: '/nowhere', settings})

describeWorkerPolicy('max-workers', () => provide({hostFor: () => hostFor()}))
describeWorkerPolicy('max-workers with a limit', () => maxWorkers({max_workers: 1}))

describe('the policy of a number of workers', () => {
  function ask(working: number, max_workers: number | null, kind: 'worker' | 'heavy' = 'worker') {
    const active = Array.from({length: working}, (_, index) => ({taskId: `TASK-00${index + 1}`, writeScope: []}))
    const request = {kind, taskId: 'TASK-009', writeScope: [], active}
    const verdict = maxWorkers({max_workers}).admit(request, {cpuCount: 2}, {})
    return verdict.allowed ? 'allowed' : verdict.reason
  }

  it('has a worker wait while as many as are set are at work', () => {
    expect(ask(2, 3)).to.equal('allowed')
    expect(ask(3, 3)).to.equal('3 workers are at work; the most is 3.')
    expect(ask(1, 1)).to.equal('One worker is at work; the most is 1.')
  })

  it('takes the number of processors where nothing is set', () => {
    expect(ask(1, null)).to.equal('allowed')
    expect(ask(2, null)).to.equal('2 workers are at work; the most is 2.')
  })

  it('says nothing of heavy commands', () => {
    expect(ask(9, 1, 'heavy')).to.equal('allowed')
  })

  for (const value of [0, 1.5, 1001, '3', true, [3]]) {
    it(`does not take ${JSON.stringify(value)} for a limit`, async () => {
      const provided = provide({hostFor: () => hostFor({max_workers: value})})
      expect(await provided.catch(String)).to.match(/max_workers is .*; accepted is a whole number from 1 to 1000\.$/)
    })
  }
})
