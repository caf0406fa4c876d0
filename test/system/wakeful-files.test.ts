import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {withWakefulFiles} from '../../src/system/wakeful-files.ts'

describe('work on files', () => {
  it('has another file asked for while it lasts, and not once it is over', async () => {
    let asked = 0
    const enough = Promise.withResolvers<string>()
    const ask = () => {
      asked += 1
      if (asked === 3) enough.resolve('done')
    }
    expect(await withWakefulFiles(() => enough.promise, {everyMs: 1, ask})).to.equal('done')
    const over = asked
    await delay(20)
    expect(asked).to.equal(over)
  })

  it('is over when it fails, too', async () => {
    let asked = 0
    const failing = withWakefulFiles(() => Promise.reject(new Error('It failed.')), {
      everyMs: 1,
      ask: () => (asked += 1),
    })
    expect(await failing.catch(String)).to.equal('Error: It failed.')
    await delay(20)
    expect(asked).to.equal(0)
  })
})
