import {expect} from 'chai'

import {
  type Access,
  callerFrom,
  mayDo,
  ownTask,
  ROLES,
  type Role,
  requireAccess,
  requireMayMove,
  requireNotClosed,
  requireOwnRun,
  requireOwnSession,
  requireOwnTask,
  requirePerson,
} from '../../src/domain/role.ts'
import type {Session} from '../../src/domain/session.ts'
import {expectRefusal, refusalOf} from './examples.ts'

const GRANTED: Record<Role, Record<Access, boolean>> = {
  operator: {read: true, work: true, plan: true, operate: true},
  planner: {read: true, work: true, plan: true, operate: false},
  worker: {read: true, work: true, plan: false, operate: false},
  observer: {read: true, work: false, plan: false, operate: false},
}

const caller = (role: Role, session: string | null = null) => ({role, session, project: '/srv/project'})
const worker = caller('worker', 'worker-task-001')

describe('who may do what', () => {
  for (const role of ROLES) {
    for (const [access, granted] of Object.entries(GRANTED[role]) as [Access, boolean][]) {
      it(`${granted ? 'lets' : 'does not let'} the ${role} ${access}`, () => {
        expect(mayDo(role, access)).to.equal(granted)
        if (granted) requireAccess(caller(role), access, 'some-command')
        else
          expect(refusalOf(() => requireAccess(caller(role), access, 'some-command')).code).to.equal('ROLE_FORBIDDEN')
      })
    }
  }

  it('says who else could do it', () => {
    const sentence = (role: Role, access: Access) =>
      refusalOf(() => requireAccess(caller(role), access, 'spawn-worker')).message
    expect(sentence('planner', 'operate')).to.equal(
      "Only the person at the keyboard can use spawn-worker; this is the planner's session.",
    )
    expect(sentence('worker', 'plan')).to.equal("Only the planner can use spawn-worker; this is the worker's session.")
  })
})

describe('what belongs to a worker', () => {
  it('is the one task its session is named after', () => {
    expect(ownTask(worker)).to.equal('TASK-001')
    expect(ownTask(caller('worker', 'worker-task-12345'))).to.equal('TASK-12345')
  })

  for (const other of [
    caller('operator'),
    caller('planner', 'planner'),
    caller('observer', 'worker-task-001'),
    caller('worker'),
  ]) {
    it(`is no task for ${other.role} ${other.session ?? 'without a session'}`, () =>
      expect(ownTask(other)).to.equal(null))
  }

  it('lets a worker act for its own task and session', () => {
    requireOwnTask(worker, 'TASK-001')
    requireOwnSession(worker, 'worker-task-001')
  })

  it("refuses a worker that reaches for another's task", () =>
    expectRefusal(
      () => requireOwnTask(worker, 'TASK-002'),
      'NOT_OWNER',
      'worker-task-001 works on TASK-001 and cannot act for TASK-002.',
    ))

  it('refuses a worker that reaches for another session', () => {
    for (const session of ['worker-task-002', 'planner']) {
      expectRefusal(() => requireOwnSession(worker, session), 'NOT_OWNER', `worker-task-001 cannot act for ${session}.`)
    }
  })

  it('is nothing for a worker that does not say which session it is', () => {
    expect(refusalOf(() => requireOwnTask(caller('worker'), 'TASK-001')).code).to.equal('NOT_OWNER')
    expect(refusalOf(() => requireOwnSession(caller('worker'), 'worker-task-001')).code).to.equal('NOT_OWNER')
  })

  for (const role of ['operator', 'planner', 'observer'] as const) {
    it(`does not limit the ${role}, whose access does`, () => {
      requireOwnTask(caller(role), 'TASK-002')
      requireOwnSession(caller(role), 'worker-task-002')
    })
  }
})

describe('who runs a command, by its environment', () => {
  const inSession = (role: string) => ({
    CODEX_ORCHESTRATOR_ROLE: role,
    CODEX_ORCHESTRATOR_SESSION: 'worker-task-001',
    CODEX_ORCHESTRATOR_PROJECT: '/srv/project',
  })

  for (const env of [
    {},
    {CODEX_ORCHESTRATOR_ROLE: ''},
    {CODEX_ORCHESTRATOR_ROLE: undefined, CODEX_ORCHESTRATOR_SESSION: 'planner'},
  ]) {
    it(`is the operator where no session says otherwise: ${JSON.stringify(env)}`, () => {
      expect(callerFrom(env)).to.deep.equal({role: 'operator', session: null, project: null})
    })
  }

  for (const role of ['planner', 'worker', 'observer'] as const) {
    it(`is the ${role} of a session`, () => {
      expect(callerFrom(inSession(role))).to.deep.equal({role, session: 'worker-task-001', project: '/srv/project'})
    })
  }

  for (const role of ['operator', 'OPERATOR', 'Planner', ' worker', 'root', 'constructor', '0']) {
    it(`is an observer and never the operator for the role ${JSON.stringify(role)}`, () => {
      expect(callerFrom(inSession(role)).role).to.equal('observer')
    })
  }

  for (const session of ['', 'planner', 'x y\u0007', 'worker-task-001\n', '../worker-task-001', 'x'.repeat(100_000)]) {
    it(`is an observer for a worker in a session that is none of a worker: ${JSON.stringify(session.slice(0, 20))}`, () => {
      const {role} = callerFrom({...inSession('worker'), CODEX_ORCHESTRATOR_SESSION: session})
      expect(role).to.equal('observer')
    })
  }

  it('goes by no name that is none of a session', () => {
    expect(callerFrom({...inSession('planner'), CODEX_ORCHESTRATOR_SESSION: 'x y\u0007'}).session).to.equal(null)
    expect(callerFrom({...inSession('planner'), CODEX_ORCHESTRATOR_SESSION: 'planner'}).session).to.equal('planner')
  })

  it('is an observer for a worker without a session: there is no task that is its own', () => {
    expect(callerFrom({CODEX_ORCHESTRATOR_ROLE: 'worker'})).to.deep.equal({
      role: 'observer',
      session: null,
      project: null,
    })
  })
})

describe('what only some may say', () => {
  it('a worker’s task moves by what it hands in, never by a status alone (A-083, E4)', () => {
    expect(() => requireMayMove(worker)).to.throw('A worker moves its task by handing back or asking')
    for (const role of ['planner', 'operator', 'observer'] as const) {
      expect(() => requireMayMove(caller(role)), role).not.to.throw()
    }
  })

  it('a worker that was closed reports no more, and one that is not there yet or again does (E10)', () => {
    const session = {name: 'worker-task-001', status: 'closed'}
    const board = (...sessions: object[]) => ({sessions: sessions as Session[]})
    expect(() => requireNotClosed(worker, board(session))).to.throw('worker-task-001 was closed, and reports no more.')
    for (const sessions of [[], [{...session, status: 'lost'}], [session, {...session, status: 'running'}]]) {
      expect(() => requireNotClosed(worker, board(...sessions))).not.to.throw()
    }
    for (const role of ['planner', 'operator'] as const) {
      expect(() => requireNotClosed(caller(role), board(session)), role).not.to.throw()
    }
  })

  it('only the person forces', () => {
    expect(() => requirePerson(caller('operator'), 'force')).not.to.throw()
    for (const role of ['planner', 'worker', 'observer'] as const) {
      expect(() => requirePerson(caller(role), 'force'), role).to.throw('Only the person at the keyboard can force')
    }
  })

  it('a session reports for its own start only', () => {
    const env = {CODEX_ORCHESTRATOR_ROLE: 'worker', CODEX_ORCHESTRATOR_SESSION: 'worker-task-001'}
    expect(() => requireOwnRun({...env, CODEX_ORCHESTRATOR_RUN: 'a-1'}, 'a-1')).not.to.throw()
    expect(() => requireOwnRun({...env, CODEX_ORCHESTRATOR_RUN: 'a-1'}, 'planner-2')).to.throw(
      'cannot report for planner-2',
    )
    expect(() => requireOwnRun(env, 'a-1')).to.throw('cannot report for a-1')
    expect(() => requireOwnRun({}, 'a-1')).not.to.throw()
  })
})
