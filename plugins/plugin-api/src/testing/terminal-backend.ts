import {type BackendUnderTest, type Bench, newBench} from './bench.ts'
import {TERMINAL_CLAIMS} from './terminal-claims.ts'

/**
 * The tests that every terminal backend passes, for mocha.
 *
 * @param make a backend on a state folder of its own each time, and what removes everything that was started there, also the
 * terminals that are still open. The HOME of its host must be the one of this process: there the tests look for traces.
 */
export function describeTerminalBackend(name: string, make: () => Promise<BackendUnderTest>): void {
  describe(`${name} as a terminal backend`, function () {
    this.timeout(60_000)
    let bench: Bench

    before(async () => {
      bench = await newBench(make)
    })

    afterEach(() => bench.closeTerminals())

    after(() => bench?.remove())

    for (const {title, applies, holds} of TERMINAL_CLAIMS) {
      it(title, async function () {
        if (applies && !applies(bench)) this.skip()
        await holds(bench)
      })
    }
  })
}
