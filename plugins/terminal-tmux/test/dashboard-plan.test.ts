import assert from 'node:assert/strict'

import * as fc from 'fast-check'

import {type DashboardPlan, planDashboard, type ShownWindow} from '../src/dashboard-plan.ts'

const shown = (...windows: string[]): ShownWindow[] =>
  windows.map((window, index) => ({index, window: window.replace('!', ''), elsewhere: !window.endsWith('!')}))

const NOTHING: DashboardPlan = {takeOut: [], putIn: [], takeOutLast: []}

describe('the way to a dashboard', () => {
  for (const [title, now, wanted, plan] of [
    ['is nothing when it shows what it should', shown('@1', '@2'), ['@1', '@2'], NOTHING],
    [
      'puts a new worker behind the one before',
      shown('@1', '@3'),
      ['@1', '@2', '@3'],
      {...NOTHING, putIn: [{window: '@2', after: '@1'}]},
    ],
    ['puts a new planner first', shown('@2'), ['@1', '@2'], {...NOTHING, putIn: [{window: '@1', after: undefined}]}],
    ['takes out what is not wanted', shown('@1', '@2'), ['@1'], {...NOTHING, takeOutLast: ['@2']}],
    ['takes out a second showing first', shown('@1', '@2', '@1'), ['@1', '@2'], {...NOTHING, takeOut: [2]}],
    [
      'moves what stands in the wrong order',
      shown('@2', '@1'),
      ['@1', '@2'],
      {...NOTHING, takeOut: [1], putIn: [{window: '@1', after: undefined}]},
    ],
    ['leaves what is shown nowhere else', shown('@1', '@9!'), ['@1'], NOTHING],
    ['leaves the only showing of a wanted window where it is', shown('@2', '@1!'), ['@1', '@2'], NOTHING],
    [
      'puts in before it takes the last one out',
      shown('@1'),
      ['@2'],
      {takeOut: [], putIn: [{window: '@2', after: undefined}], takeOutLast: ['@1']},
    ],
  ] as const) {
    it(title, () => {
      assert.deepEqual(planDashboard(now, wanted), plan)
    })
  }

  it('always ends at what is wanted, never passes through nothing, and then has nothing to do', () => {
    const windows = fc.constantFrom('@1', '@2', '@3', '@4', '@5', '@6')
    const wanted = fc.uniqueArray(windows, {minLength: 1})
    fc.assert(
      fc.property(fc.array(windows, {minLength: 1}), wanted, (now, wanted) => {
        const result = carriedOut(now, planDashboard(shown(...now), wanted))
        assert.deepEqual(result, wanted)
        assert.deepEqual(planDashboard(shown(...result), wanted), NOTHING)
      }),
      {numRuns: 2000},
    )
  })
})

function carriedOut(now: readonly string[], plan: DashboardPlan): string[] {
  let windows = now.filter((_, index) => !plan.takeOut.includes(index))
  for (const {window, after} of plan.putIn) {
    assert.notEqual(windows.length, 0)
    assert.ok(after === undefined || windows.includes(after))
    windows = windows.toSpliced(after === undefined ? 0 : windows.indexOf(after) + 1, 0, window)
  }
  for (const gone of plan.takeOutLast) {
    assert.notEqual(windows.length, 1)
    windows = windows.filter(window => window !== gone)
  }
  return windows
}
