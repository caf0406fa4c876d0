import {setImmediate as turn} from 'node:timers/promises'
import {expect} from 'chai'

import {atOnce} from '../../src/services/at-once.ts'

describe('work that is done a few at once', () => {
  it('is never more than so many, and answers in order', async () => {
    let [running, most] = [0, 0]
    const answers = await atOnce(3, [5, 1, 4, 2, 3, 0, 6], async turns => {
      most = Math.max(most, (running += 1))
      for (let n = 0; n < turns; n += 1) await turn()
      running -= 1
      return turns * 10
    })
    expect(answers).to.deep.equal([50, 10, 40, 20, 30, 0, 60])
    expect([most, running]).to.deep.equal([3, 0])
    expect(await atOnce(3, [], async () => 1)).to.deep.equal([])
  })

  it('begins nothing more when one throws, and lets the others come to their end', async () => {
    const [begun, ended]: [number[], number[]] = [[], []]
    const work = async (item: number) => {
      begun.push(item)
      await turn()
      if (item === 2) throw new Error('No.')
      await turn()
      ended.push(item)
    }
    const failed = await atOnce(2, [1, 2, 3, 4, 5], work).catch((error: Error) => error.message)
    expect([failed, begun, ended]).to.deep.equal(['No.', [1, 2], [1]])
  })
})
