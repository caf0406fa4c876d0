import {readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'chai'

import type {ProjectPaths} from '../../src/store/paths.ts'
import {
  claimStart,
  createRun,
  readRun,
  runFolder,
  waitForRun,
  writeConversation,
  writeReady,
} from '../../src/store/runs.ts'
import {removeTempProjects, tempProject} from './temp-project.ts'

const RUN = 'worker-task-001-1a2b3c4d'
const HELLO = `pid=4711\npgid=4710\nstarted=123456\nboot=2f0c\npidns=pid:[4026531836]\nrun=${RUN}\n`
const NOTHING = {
  owner: undefined,
  claim: undefined,
  hello: undefined,
  ready: undefined,
  exit: undefined,
  conversation: undefined,
}

async function aRun(files: Record<string, string> = {}): Promise<{paths: ProjectPaths; folder: string}> {
  const paths = await tempProject()
  const folder = await createRun(paths, RUN, {script: '#!/bin/sh\n', env: 'A=1\n', suspend: '#!/bin/sh\n'})
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return {paths, folder}
}

describe('one start of a session', () => {
  after(removeTempProjects)

  it('has a folder that only its user can look into', async () => {
    const {folder} = await aRun()
    const modes = await Promise.all(
      ['', 'run.sh', 'suspend.sh', 'env'].map(async name => (await stat(join(folder, name))).mode & 0o777),
    )
    expect(modes.map(mode => mode.toString(8))).to.deep.equal(['700', '700', '700', '600'])
  })

  it('keeps its script when it is made twice', async () => {
    const {paths, folder} = await aRun()
    await createRun(paths, RUN, {script: 'other', env: 'other', suspend: 'other'})
    expect(await readFile(join(folder, 'run.sh'), 'utf8')).to.equal('#!/bin/sh\n')
  })

  it('has left nothing yet, or was never made', async () => {
    expect(await readRun((await aRun()).paths, RUN)).to.deep.equal(NOTHING)
    expect(await readRun(await tempProject(), RUN)).to.deep.equal(NOTHING)
  })

  it('is read from what its script, its tool server and Codex left', async () => {
    const {paths} = await aRun({
      owner: 'pid=4000\nstarted=123\nboot=2f0c\npidns=pid:[4026531836]\n',
      claim: 'script\n',
      hello: HELLO,
      ready: 'pid=5000\nat=2026-01-31T12:00:00.123Z\n',
      exit: 'code=143\nat=2026-01-31T12:00:00Z\n',
      conversation: '0199aaaa-0000-7000-8000-00000000000f\n',
    })
    expect(await readRun(paths, RUN)).to.deep.equal({
      owner: {pid: 4000, started: 123, boot: '2f0c', pidns: 'pid:[4026531836]'},
      claim: 'script',
      hello: {
        pid: 4711,
        pgid: 4710,
        started: 123456,
        boot: '2f0c',
        pidns: 'pid:[4026531836]',
        run: RUN,
        foreign: false,
      },
      ready: {pid: 5000, at: '2026-01-31T12:00:00.123Z'},
      exit: {code: 143, at: '2026-01-31T12:00:00Z'},
      conversation: '0199aaaa-0000-7000-8000-00000000000f',
    })
  })

  it('is known by its process alone where the system tells no more', async () => {
    const {paths} = await aRun({hello: `pid=4711\npgid=\nstarted=\nboot=\npidns=\nrun=${RUN}\n`})
    expect((await readRun(paths, RUN)).hello).to.deep.equal({
      pid: 4711,
      pgid: 4711,
      started: null,
      boot: null,
      pidns: null,
      run: RUN,
      foreign: false,
    })
  })

  it('is told from one of the repository that this one was copied from (F-118)', async () => {
    const {paths} = await aRun({hello: `${HELLO}project=shop-0a1b2c3d\n`})
    expect((await readRun(paths, RUN)).hello?.foreign).to.equal(true)
    const own = await aRun()
    await writeFile(join(own.folder, 'hello'), `${HELLO}project=${own.paths.key}\n`)
    expect((await readRun(own.paths, RUN)).hello?.foreign).to.equal(false)
  })

  const torn: [what: string, files: Record<string, string>][] = [
    ['a hello without its end', {hello: HELLO.slice(0, -2)}],
    ['a hello of another start (A-061)', {hello: HELLO.replace(RUN, 'worker-task-001-ffffffff')}],
    ['a hello without a process', {hello: HELLO.replace('4711', '0')}],
    ['a hello with words for a number', {hello: HELLO.replace('4711', '4711 4712')}],
    ['an exit without its end', {exit: 'code=14'}],
    ['an exit whose last line has no end', {exit: 'code=14\nat=2026-01-31T12:00:00Z'}],
    ['an exit with no such code', {exit: 'code=999\nat=2026-01-31T12:00:00Z\n'}],
    ['an exit without a time', {exit: 'code=0\nat=now\n'}],
    ['a conversation that is an option', {conversation: '--last\n'}],
    ['half a conversation', {conversation: '0199aaaa-0000-7000-8000-0000'}],
    ['an empty ready', {ready: ''}],
  ]
  for (const [what, files] of torn) {
    it(`has not left what is torn or forged: ${what}`, async () => {
      expect(await readRun((await aRun(files)).paths, RUN)).to.deep.equal(NOTHING)
    })
  }

  it('is decided about once, by whoever is first', async () => {
    const {paths} = await aRun()
    const first = await Promise.all(['script', 'repair', 'repair'].map(who => claimStart(paths, RUN, who)))
    expect(first.filter(won => won)).to.have.length(1)
    expect((await readRun(paths, RUN)).claim).to.equal(['script', 'repair', 'repair'][first.indexOf(true)])
  })

  it('counts as decided about when the claim was made and not yet filled in', async () => {
    const {paths} = await aRun({claim: ''})
    expect((await readRun(paths, RUN)).claim).to.equal('unknown')
    expect(await claimStart(paths, RUN, 'repair')).to.equal(false)
  })

  it('keeps its first conversation for good', async () => {
    const {paths} = await aRun()
    const [one, two] = ['0199aaaa-0000-7000-8000-000000000001', '0199AAAA-0000-7000-8000-000000000002']
    expect(await writeConversation(paths, RUN, one)).to.equal(one)
    expect(await writeConversation(paths, RUN, two)).to.equal(one)
    expect((await readRun(paths, RUN)).conversation).to.equal(one)
  })

  it('is ready once', async () => {
    const {paths} = await aRun()
    expect(await writeReady(paths, RUN, {pid: 1, at: '2026-01-31T12:00:00Z'})).to.equal(true)
    expect(await writeReady(paths, RUN, {pid: 2, at: '2026-01-31T12:00:01Z'})).to.equal(false)
    expect((await readRun(paths, RUN)).ready).to.deep.equal({pid: 1, at: '2026-01-31T12:00:00Z'})
  })

  it('can be waited for until one of its files is there', async () => {
    const {paths, folder} = await aRun()
    const waiting = waitForRun(paths, RUN, ['ready', 'exit'], 20_000)
    await writeFile(join(folder, 'hello'), HELLO)
    await writeFile(join(folder, 'exit'), 'code=0\n')
    expect(await waiting).to.equal('exit')
    expect(await waitForRun(paths, RUN, ['hello'], 20_000)).to.equal('hello')
  })

  it('is waited for no longer than was said', async () => {
    const {paths} = await aRun()
    expect(await waitForRun(paths, RUN, ['hello'], 30)).to.equal(undefined)
    expect(await waitForRun(await tempProject(), RUN, ['hello'], 0)).to.equal(undefined)
  })

  it('has a name that stays inside the folder of runs', async () => {
    const paths = await tempProject()
    for (const name of ['../x', 'a/b', '', '.', 'A', '-x']) expect(() => runFolder(paths, name)).to.throw(TypeError)
  })
})
