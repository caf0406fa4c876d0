import {expect} from 'chai'

import {readVerdict, thresholdsFor} from '../../src/domain/admission.ts'

describe('the limits that policies are given', () => {
  const limits = {
    max_loadavg_1: 3.2,
    min_mem_available_gb: 6,
    worker_spawn_max_loadavg_1: 2.4,
    worker_spawn_min_mem_available_gb: 8,
    max_cpu_pressure: 90,
    max_memory_pressure: 10,
    worker_spawn_max_cpu_pressure: 80,
    worker_spawn_max_memory_pressure: 5,
  }
  const none = {
    max_loadavg_1: null,
    min_mem_available_gb: null,
    worker_spawn_max_loadavg_1: null,
    worker_spawn_min_mem_available_gb: null,
    max_cpu_pressure: null,
    max_memory_pressure: null,
    worker_spawn_max_cpu_pressure: null,
    worker_spawn_max_memory_pressure: null,
  }

  it('are those for new workers, and those for heavy commands', () => {
    expect(thresholdsFor('worker', limits)).to.deep.equal({
      maxLoadAverage1: 2.4,
      minMemoryAvailableGb: 8,
      maxCpuPressure: 80,
      maxMemoryPressure: 5,
    })
    expect(thresholdsFor('heavy', limits)).to.deep.equal({
      maxLoadAverage1: 3.2,
      minMemoryAvailableGb: 6,
      maxCpuPressure: 90,
      maxMemoryPressure: 10,
    })
  })

  it('are left out where none is set; a minimum of 0 is set', () => {
    expect(thresholdsFor('worker', none)).to.deep.equal({})
    expect(thresholdsFor('heavy', {...none, worker_spawn_max_loadavg_1: 1})).to.deep.equal({})
    expect(thresholdsFor('heavy', {...none, min_mem_available_gb: 0})).to.deep.equal({minMemoryAvailableGb: 0})
  })
})

describe('what a policy answers', () => {
  const refusal = {allowed: false, reason: 'Too busy.', retryAfterSeconds: 45}

  it('is an admission or a refusal, and nothing else of it is read', () => {
    expect(readVerdict({allowed: true, reason: 7})).to.deep.equal({allowed: true})
    expect(readVerdict({...refusal, colour: 'red'})).to.deep.equal(refusal)
  })

  for (const [what, answer] of [
    ['nothing', undefined],
    ['null', null],
    ['a word', 'yes'],
    ['true', true],
    ['a promise', Promise.resolve({allowed: true})],
    ['an empty object', {}],
    ['a word for true', {allowed: 'true'}],
    ['1 for true', {allowed: 1}],
    ['a refusal without a reason', {...refusal, reason: undefined}],
    ['a refusal with a blank reason', {...refusal, reason: ' '}],
    ['a refusal with a reason that is too long', {...refusal, reason: 'x'.repeat(1001)}],
    ['a refusal without a time', {allowed: false, reason: 'Too busy.'}],
    ['a refusal with a time in the past', {...refusal, retryAfterSeconds: -1}],
    ['a refusal for no time', {...refusal, retryAfterSeconds: 0}],
    ['a refusal with a part of a second', {...refusal, retryAfterSeconds: 0.5}],
    ['a refusal for ever', {...refusal, retryAfterSeconds: Infinity}],
    ['a refusal with a time in words', {...refusal, retryAfterSeconds: '45'}],
  ] as const) {
    it(`is no verdict when it is ${what}`, () => expect(readVerdict(answer)).to.equal(undefined))
  }
})
