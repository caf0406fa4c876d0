import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {withLock} from '../../src/store/lock.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

async function tempLock(): Promise<string> {
  const {kept, lock} = await tempProject()
  await mkdir(kept)
  return lock
}

describe('the lock', () => {
  after(removeTempProjects)

  it('lets in one call of a process after the other, in the order they came', async () => {
    const lock = await tempLock()
    const order: string[] = []
    await Promise.all(
      [1, 2, 3, 4, 5].map(number =>
        withLock(lock, async () => {
          order.push(`in ${number}`)
          await delay(2)
          order.push(`out ${number}`)
        }),
      ),
    )
    expect(order.join(', ')).to.equal('in 1, out 1, in 2, out 2, in 3, out 3, in 4, out 4, in 5, out 5')
  })

  it('hands back what the work answers and lets its error through, free again either way', async () => {
    const lock = await tempLock()
    expect(await withLock(lock, async () => 'answer')).to.equal('answer')
    const failed = withLock(lock, async () => {
      throw new RangeError('in the work')
    })
    expect(await failed.catch((error: unknown) => error)).to.be.instanceOf(RangeError)
    expect(await withLock(lock, async () => 'again')).to.equal('again')
  })

  it('refuses whoever waited too long behind a call of the same process, and serves the next (MCP G15)', async () => {
    const lock = await tempLock()
    let release = (): void => undefined
    const held = withLock(lock, () => new Promise<void>(resolve => (release = resolve)))
    const late = await refusal(withLock(lock, async () => null, {timeoutMs: 20}))
    expect(late).to.deep.equal({
      code: 'BOARD_LOCKED',
      message: `Another codex-planner process is writing (${lock} is held).`,
      suggestions: [`fuser -v ${lock}`],
    })
    const next = withLock(lock, async () => 'next')
    release()
    await held
    expect(await next).to.equal('next')
  })

  it('refuses nobody while those before it in the same process get their turns', async () => {
    const lock = await tempLock()
    const calls = Array.from({length: 12}, () => withLock(lock, () => delay(50), {timeoutMs: 400}))
    expect(await Promise.all(calls)).to.have.length(12)
  })

  it('says what to remove when something else stands in its place', async () => {
    const lock = await tempLock()
    await writeFile(lock, 'x'.repeat(4096))
    expect(await refusal(withLock(lock, async () => null))).to.deep.equal({
      code: 'UNSAFE_FILE',
      message: `${lock} is not the lock it should be.`,
      suggestions: [`rm ${lock}`],
    })
  })

  it('says which folder it cannot be made in', async () => {
    const lock = join(await tempLock(), 'nowhere', 'lock.db')
    const {code, message} = await refusal(withLock(lock, async () => null))
    expect([code, message]).to.deep.equal(['UNSAFE_FILE', `The lock ${lock} cannot be opened for writing.`])
  })
})
