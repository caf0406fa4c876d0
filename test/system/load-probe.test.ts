import {existsSync} from 'node:fs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir, totalmem} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {probeLoad} from '../../src/system/load-probe.ts'

describe('a look at this machine', () => {
  it('tells processors, load and memory that can be true', () => {
    const {cpuCount, loadAverage1, memoryAvailableGb} = probeLoad()
    expect(cpuCount).to.be.within(1, 4096)
    expect(loadAverage1).to.be.within(0, 100_000)
    expect(memoryAvailableGb).to.be.within(0, totalmem() / 2 ** 30)
  })

  it('tells the pressure of this machine where it has one', function () {
    if (!existsSync('/proc/pressure/cpu')) this.skip()
    const {pressure} = probeLoad()
    expect(pressure?.cpu?.someAverage10).to.be.within(0, 100)
    expect(pressure?.memory?.fullAverage10).to.be.within(0, 100)
    expect(pressure?.io?.fullAverage10).to.be.within(0, 100)
  })

  describe('with files of pressure', () => {
    let pressureFolder: string

    beforeEach(async () => (pressureFolder = await mkdtemp(path.join(tmpdir(), 'cp-pressure-'))))
    afterEach(() => rm(pressureFolder, {recursive: true}))

    it('tells what can be read, and leaves out what cannot', async () => {
      await writeFile(path.join(pressureFolder, 'cpu'), 'some avg10=12.50 avg60=0.00 avg300=0.00 total=1\n')
      await mkdir(path.join(pressureFolder, 'memory'))
      expect(probeLoad({pressureFolder}).pressure).to.deep.equal({cpu: {someAverage10: 12.5}})
    })

    it('has no pressure where there is no file', () => {
      expect(probeLoad({pressureFolder})).to.have.all.keys('cpuCount', 'loadAverage1', 'memoryAvailableGb')
    })
  })
})
