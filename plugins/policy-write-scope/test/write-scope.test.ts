import {describeWorkerPolicy} from '@codex-planner/plugin-api/testing'
import {expect} from 'chai'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import provide from '../src/provide.ts'
import {type Settings, writeScope} from '../src/write-scope.ts'

const hostFor = () => testPluginHost({stateFolder: '/nowhere'})

describeWorkerPolicy('write-scope', () => provide({hostFor}))
describeWorkerPolicy('write-scope that lets tasks without a scope pass', () => writeScope({without_scope: 'pass'}))

describe('the policy of write scopes', () => {
  function ask(mine: string[], theirs: string[], {without_scope = 'alone'}: Partial<Settings> = {}, kind = 'worker') {
    const active = [{taskId: 'TASK-001', writeScope: theirs}]
    const request = {kind: kind as 'worker' | 'heavy', taskId: 'TASK-002', writeScope: mine, active}
    const verdict = writeScope({without_scope}).admit(request, {cpuCount: 2}, {})
    return verdict.allowed ? 'allowed' : verdict.reason
  }

  it('lets two workers work where they never meet', () => {
    expect(ask(['src/a.ts', 'docs'], ['src/b.ts'])).to.equal('allowed')
  })

  it('has one wait that may change what another may, and names both places', () => {
    expect(ask(['docs', 'src/**'], ['bin', 'src/a.ts'])).to.equal(
      'TASK-001 is at work and may change src/a.ts, as TASK-002 may src/**.',
    )
  })

  it('has a task without a scope wait for all others, and all others for it', () => {
    expect(ask([], ['src'])).to.equal('TASK-002 names no paths it may change, so it waits until TASK-001 is done.')
    expect(ask(['src'], [])).to.equal('TASK-001 is at work and names no paths it may change, so it may change any.')
  })

  it('lets them pass where the person says so', () => {
    expect(ask([], ['src'], {without_scope: 'pass'})).to.equal('allowed')
    expect(ask(['src'], [], {without_scope: 'pass'})).to.equal('allowed')
    expect(ask(['src'], ['src'], {without_scope: 'pass'})).to.match(/^TASK-001 is at work/)
  })

  it('says nothing of heavy commands', () => {
    expect(ask([], [], {}, 'heavy')).to.equal('allowed')
  })

  it('shows a scope that somebody wrote by hand in one line', () => {
    expect(ask(['a\nb*'], ['a\u001b*'])).to.equal('allowed')
    expect(ask(['a\nb*'], ['a*'])).to.equal('TASK-001 is at work and may change a*, as TASK-002 may a?b*.')
  })
})
