import {expect} from 'chai'

import {median, quantile, ratios, rounded, spread} from '../../bench/statistics.ts'

describe('the statistics of the bench', () => {
  const medians: [values: number[], middle: number][] = [
    [[7], 7],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100, 1], 9.5],
  ]
  for (const [values, middle] of medians) {
    it(`take ${middle} for the middle of ${values.join(', ')}`, () => {
      expect(median(values)).to.equal(middle)
    })
  }

  it('find a value between two where a share falls between them, and the ends', () => {
    const values = [40, 10, 30, 20, 50]
    expect([0, 0.25, 0.4, 0.95, 1].map(share => quantile(values, share))).to.deep.equal([10, 20, 26, 48, 50])
  })

  it('say between which values the middle half lies, and how many there were', () => {
    expect(spread([5, 1, 4, 2, 3])).to.deep.equal({low: 2, median: 3, high: 4, runs: 5})
  })

  it('leave what they are given in its order', () => {
    const values = [3, 1, 2]
    spread(values)
    expect(values).to.deep.equal([3, 1, 2])
  })

  it('refuse to make something of nothing', () => {
    expect(() => median([])).to.throw(RangeError, 'Nothing was measured.')
  })

  it('compare each round with itself alone, so that a slow half of a run counts as much as a fast one', () => {
    const rounds = [
      {time: 40, baseline: [20, 19, 500]},
      {time: 400, baseline: [200, 190, 210]},
    ]
    expect(ratios(rounds)).to.deep.equal([2, 2])
  })

  it('round to a number, not to a text', () => {
    expect([rounded(1.005, 1), rounded(2.449, 2), rounded(12.5, 0)]).to.deep.equal([1, 2.45, 13])
  })
})
