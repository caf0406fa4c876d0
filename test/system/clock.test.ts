import {execFileSync, spawnSync} from 'node:child_process'
import path from 'node:path'
import {expect} from 'chai'

import type {Moment} from '../../src/domain/lease.ts'
import {readMoment} from '../../src/system/clock.ts'

const clock = path.resolve(import.meta.dirname, '../../src/system/clock.ts')
const ASK = [
  '--input-type=module',
  '-e',
  `import {readMoment} from ${JSON.stringify(clock)}; console.log(JSON.stringify(readMoment()))`,
]

describe('the clock of leases', () => {
  it('reads the same in every process of a boot (F-106)', () => {
    const before = readMoment()
    const other = JSON.parse(execFileSync(process.execPath, ASK, {encoding: 'utf8'})) as Moment
    const after = readMoment()
    expect(other.clock).to.be.within(before.clock, after.clock)
    expect(other.boot)
      .to.equal(before.boot)
      .and.to.match(/^[0-9a-f-]{36}$/)
  })

  it('does not count what a machine slept (F-062)', function () {
    // A day between the boot clock and the awake clock is what a day of sleep leaves.
    const slept = ['--time', '--boottime', '86400', '--fork', process.execPath, ...ASK]
    const {status, stdout} = spawnSync('unshare', slept, {encoding: 'utf8'})
    if (status !== 0) this.skip()
    const now = readMoment().clock
    expect((JSON.parse(stdout) as Moment).clock).to.be.within(now - 60, now)
  })
})
