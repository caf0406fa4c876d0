import {expect} from 'chai'

import {closeAll, throwAway} from '../../bench/throw-away.ts'

describe('what the bench throws away', () => {
  it('is closed once, the newest first, whoever asks how often', async () => {
    const closed: string[] = []
    const thing = (name: string) =>
      throwAway({
        close: async () => {
          closed.push(name)
        },
      })
    const [, second] = [thing('first'), thing('second'), thing('third')]
    await second.close()
    await closeAll()
    await Promise.all([second.close(), closeAll()])
    expect(closed).to.deep.equal(['second', 'third', 'first'])
  })
})
