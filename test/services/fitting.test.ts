import {expect} from 'chai'

import {jsonBytes} from '../../src/domain/text.ts'
import {briefSession, fittingAnswer, fittingHandBack} from '../../src/services/fitting.ts'
import {fittingDetails, type SessionDetails} from '../../src/services/sessions.ts'
import {aTask, aWorker, character} from '../domain/examples.ts'

const MOST = 8000
const BELL = character(7)
const LONG = 'x'.repeat(9000)

describe('an answer about one task', () => {
  it('is whole where nothing bounds it, and where it fits', () => {
    const short = {task: aTask(), session: aWorker({attention: 'Stands still.'})}
    expect(fittingAnswer(short, MOST)).to.deep.equal(short)
    const long = {task: aTask({description: LONG}), session: aWorker({attention: LONG})}
    expect(fittingAnswer(long, null)).to.deep.equal(long)
  })

  it('leaves out the longest texts of the task and names them, and keeps the rest (G2)', () => {
    const task = aTask({description: LONG, acceptance: ['npm test passes']})
    expect(fittingAnswer({task, already_running: true}, MOST)).to.deep.equal({
      task: {...task, description: '', omitted: ['description']},
      already_running: true,
    })
  })

  it('fits whatever the task and the words about its session hold', () => {
    const list = Array.from({length: 100}, (_, index) => `${index}${BELL.repeat(1900)}`)
    const task = aTask({description: LONG, acceptance: list, read_scope: list, write_scope: list})
    const answer = fittingAnswer({task, session: aWorker({attention: BELL.repeat(9000)})}, MOST)
    expect(jsonBytes(answer)).to.be.below(MOST)
    expect(answer.task.id).to.equal('TASK-001')
    expect(answer.session.attention).to.match(/^\p{Control}+…$/u)
  })

  it('may be about no task', () => {
    expect(fittingAnswer({task: null, session: aWorker()}, MOST)).to.deep.equal({task: null, session: aWorker()})
  })
})

describe('a hand-back', () => {
  const paths = Array.from({length: 500}, (_, index) => `src/generated/file-${index}.ts`)
  const sentence = (left: number) =>
    `${left} more path(s) are not committed; git status in the worktree names them all.`

  it('names every path that is not committed where they fit', () => {
    const handed = {task: aTask(), uncommitted: paths.slice(0, 100), warnings: []}
    expect(fittingHandBack(handed, MOST)).to.deep.equal(handed)
    const all = {task: aTask(), uncommitted: paths, warnings: []}
    expect(fittingHandBack(all, null)).to.deep.equal(all)
  })

  it('counts the paths that do not fit', () => {
    const answer = fittingHandBack({task: aTask(), uncommitted: paths, warnings: ['Mind this.']}, MOST)
    expect(jsonBytes(answer)).to.be.within(MOST - 300, MOST)
    expect(answer.uncommitted).to.deep.equal(paths.slice(0, answer.uncommitted.length))
    expect(answer.warnings).to.deep.equal(['Mind this.', sentence(500 - answer.uncommitted.length)])
    expect(answer.task).to.deep.equal(aTask())
  })

  it('names some paths beside a task that is long as well', () => {
    const answer = fittingHandBack({task: aTask({description: LONG}), uncommitted: paths, warnings: []}, MOST)
    expect(jsonBytes(answer)).to.be.below(MOST)
    expect(answer.uncommitted).to.have.length.above(40)
    expect(answer.task).to.deep.equal({...aTask(), omitted: ['description']})
  })
})

describe('the words about a session', () => {
  it('are cut at a character where it stands beside others', () => {
    const brief = briefSession(aWorker({attention: '日本語'.repeat(100)}))
    expect(brief.attention).to.equal(`${'日本語'.repeat(32)}日本…`)
    expect(jsonBytes(brief.attention)).to.be.at.most(300)
    expect(briefSession(aWorker({attention: 'Stands still.'})).attention).to.equal('Stands still.')
    expect(briefSession(aWorker()).attention).to.equal(null)
  })

  const details = (fields: Partial<SessionDetails>): SessionDetails => ({
    ...aWorker(),
    process: {value: 'alive', source: 'process', at: null, age_seconds: null},
    turn: {value: 'idle', source: 'conversation', at: null, age_seconds: null},
    task: 'in_progress',
    last_message: null,
    tokens: null,
    ...fields,
  })

  it('share what room there is where it stands alone', () => {
    for (const text of [LONG, BELL.repeat(9000), '👍🏽'.repeat(9000)]) {
      const session = fittingDetails(details({attention: text, last_message: text}), MOST)
      expect(jsonBytes({session})).to.be.within(MOST - 60, MOST)
      for (const said of [session.attention, session.last_message]) {
        expect(said).to.match(/…$/)
        expect(jsonBytes(said)).to.be.above(3000)
      }
    }
  })

  it('leave the room to the last message where there is little to say', () => {
    const session = fittingDetails(details({attention: 'Stands still.', last_message: 'x'.repeat(6000)}), MOST)
    expect(session.attention).to.equal('Stands still.')
    expect(session.last_message).to.equal('x'.repeat(6000))
  })

  it('are whole in a terminal', () => {
    const all = details({attention: LONG, last_message: LONG})
    expect(fittingDetails(all, null)).to.deep.equal(all)
  })
})
