import {totalmem} from 'node:os'
import {expect} from 'chai'

import {probeLoad} from '../../src/system/load-probe.ts'

describe('a look at this machine', () => {
  it('tells processors, load and memory that can be true', () => {
    const {cpuCount, loadAverage1, memoryAvailableGb} = probeLoad()
    expect(cpuCount).to.be.within(1, 4096)
    expect(loadAverage1).to.be.within(0, 100_000)
    expect(memoryAvailableGb).to.be.within(0, totalmem() / 2 ** 30)
  })
})
