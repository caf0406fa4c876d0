import {appendFile, mkdir, readdir, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'chai'

import {intentOf} from '../../src/domain/intent.ts'
import {beginIntent, endIntent, giveUpIntent, noteStep, readIntents, takeOverIntent} from '../../src/store/intents.ts'
import {refusal, removeTempProjects, tempBoard, tempProject} from './temp-project.ts'

const ME = {pid: 4711, started: 123, boot: '2f0c', pidns: 'pid:[4026531836]'}
const OTHER = {...ME, pid: 4712}
const question = intentOf(
  {
    operation: 'question',
    session: 'worker-task-001',
    task_id: 'TASK-001',
    section: 'Which?\n\u{1f984}\u2028',
    revision: 3,
  },
  'worker-task-001',
  '2026-01-31T12:00:00.000Z',
)

describe('intents on record', () => {
  after(removeTempProjects)

  it('are read as they were written, with the steps that were noted since', async () => {
    const paths = await tempProject()
    expect(await readIntents(paths)).to.deep.equal({standing: [], unreadable: []})
    const id = await beginIntent(paths, question, ME)
    await noteStep(paths, id, 'record')
    await noteStep(paths, id, 'wake')
    expect(await readIntents(paths)).to.deep.equal({
      standing: [{id, intent: question, owner: ME, done: ['record', 'wake']}],
      unreadable: [],
    })
    await endIntent(paths, id)
    expect(await readdir(paths.intents)).to.deep.equal([])
  })

  it('are nobody else’s to read', async () => {
    const paths = await tempProject()
    const id = await beginIntent(paths, question, ME)
    expect((await stat(paths.intents)).mode & 0o777).to.equal(0o700)
    expect((await stat(join(paths.intents, `${id}.jsonl`))).mode & 0o777).to.equal(0o600)
  })

  it('come newest first, so that what began inside another is looked at before it', async () => {
    const paths = await tempProject()
    const outer = await beginIntent(paths, question, ME)
    const inner = await beginIntent(paths, {...question, begun_at: '2026-01-31T12:00:01.000Z'}, ME)
    expect((await readIntents(paths)).standing.map(({id}) => id)).to.deep.equal([inner, outer])
  })

  it('lose a note that was torn, and nothing else', async () => {
    const paths = await tempProject()
    const id = await beginIntent(paths, question, ME)
    await noteStep(paths, id, 'record')
    await appendFile(join(paths.intents, `${id}.jsonl`), '{"done":"wa')
    expect((await readIntents(paths)).standing[0]?.done).to.deep.equal(['record'])
    await noteStep(paths, id, 'wake')
    expect((await readIntents(paths)).standing[0]?.done).to.deep.equal(['record', 'wake'])
  })

  it('go over to one of those who want to go on with them', async () => {
    const paths = await tempProject()
    const id = await beginIntent(paths, question, ME)
    const [standing] = (await readIntents(paths)).standing
    if (!standing) throw new Error('It is not on record.')
    const taken = await Promise.all([1, 2, 3, 4].map(pid => takeOverIntent(paths, standing, {...OTHER, pid})))
    expect(taken.filter(Boolean)).to.have.length(1)
    await giveUpIntent(paths, id)
    expect((await readIntents(paths)).standing[0]?.owner).to.equal(null)
  })

  it('that are none of ours are named and left alone (A-030)', async () => {
    const paths = await tempProject()
    await mkdir(paths.intents, {recursive: true})
    const strange = {
      'notes.txt': 'x',
      'start-0123456789ab.jsonl': '{"intent":{"operation":"rm"},"owner":null}\n',
      'end-0123456789ab.jsonl': '',
    }
    for (const [name, text] of Object.entries(strange)) await writeFile(join(paths.intents, name), text)
    const {standing, unreadable} = await readIntents(paths)
    expect(standing).to.deep.equal([])
    expect(unreadable.toSorted()).to.deep.equal(
      Object.keys(strange)
        .map(name => join(paths.intents, name))
        .toSorted(),
    )
  })

  it('leave no temporary file of a killed writer for longer than an hour', async () => {
    const {paths, board} = await tempBoard()
    await mkdir(paths.intents, {recursive: true})
    const [old, fresh] = [join(paths.intents, '.tmp-old'), join(paths.intents, '.tmp-fresh')]
    for (const file of [old, fresh]) await writeFile(file, 'x')
    const before = new Date(Date.now() - 2 * 3_600_000)
    await utimes(old, before, before)
    await board.change(current => [{...current, last_task: current.last_task + 1}, null])
    expect(await readdir(paths.intents)).to.deep.equal(['.tmp-fresh'])
  })

  it('are never looked for behind a link', async () => {
    const paths = await tempProject()
    await mkdir(paths.kept, {recursive: true})
    await symlink('/etc', paths.intents)
    expect((await refusal(readIntents(paths))).code).to.equal('UNSAFE_FILE')
    await rm(paths.intents)
  })
})
