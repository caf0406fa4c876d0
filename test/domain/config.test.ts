import {expect} from 'chai'

import {type Config, resolveConfig} from '../../src/domain/config.ts'
import {PlannerError} from '../../src/domain/errors.ts'
import {nearest} from '../../src/domain/nearest.ts'

interface Given {
  file?: Record<string, unknown>
  env?: Record<string, string>
}

function configOf({file, env = {}}: Given): Config {
  const content = file && {path: '/c.toml', content: {defaults: file}, lineOf: () => 7}
  return resolveConfig({file: content, env, home: '/home/ana'}).config
}

function refusalOf(given: Given): string {
  try {
    configOf(given)
  } catch (error) {
    if (error instanceof PlannerError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('the host’s configuration', () => {
  it('has a value for everything when nobody set anything', () => {
    expect(configOf({})).to.deep.equal({
      terminal_backend: 'auto',
      codex_executable: 'codex',
      git_executable: 'git',
      codex_args: ['--yolo'],
      worktrees_base_dir: null,
      planner_model: null,
      worker_model: null,
      max_heavy_leases: null,
      heavy_commands: [],
      max_loadavg_1: null,
      min_mem_available_gb: null,
      worker_spawn_max_loadavg_1: null,
      worker_spawn_min_mem_available_gb: null,
      max_cpu_pressure: null,
      max_memory_pressure: null,
      worker_spawn_max_cpu_pressure: null,
      worker_spawn_max_memory_pressure: null,
      lease_ttl_seconds: 1800,
      stall_after_seconds: 600,
      plugins: {},
    })
  })

  const settings: [key: keyof Config, file: unknown, variable: string, text: string, fromText: unknown][] = [
    ['terminal_backend', 'desktop', 'CODEX_ORCHESTRATOR_TERMINAL_BACKEND', 'tmux', 'tmux'],
    ['codex_executable', '/opt/codex', 'CODEX_ORCHESTRATOR_CODEX_EXECUTABLE', 'codex-next', 'codex-next'],
    ['git_executable', '/opt/git', 'CODEX_ORCHESTRATOR_GIT_EXECUTABLE', '/usr/bin/git', '/usr/bin/git'],
    ['codex_args', [], 'CODEX_ORCHESTRATOR_CODEX_ARGS', '["--full-auto", "-s"]', ['--full-auto', '-s']],
    ['worktrees_base_dir', '/w', 'CODEX_ORCHESTRATOR_WORKTREES_BASE_DIR', '/v', '/v'],
    ['planner_model', 'gpt-5.4', 'CODEX_ORCHESTRATOR_PLANNER_MODEL', 'o3', 'o3'],
    ['worker_model', 'gpt-5.4-mini', 'CODEX_ORCHESTRATOR_WORKER_MODEL', 'a/b:1', 'a/b:1'],
    ['max_heavy_leases', 3, 'CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES', '4', 4],
    ['heavy_commands', ['npm test', './gradlew build'], 'CODEX_ORCHESTRATOR_HEAVY_COMMANDS', '["make"]', ['make']],
    ['max_loadavg_1', 3.2, 'CODEX_ORCHESTRATOR_MAX_LOADAVG_1', '4.5', 4.5],
    ['min_mem_available_gb', 6, 'CODEX_ORCHESTRATOR_MIN_MEM_AVAILABLE_GB', '0', 0],
    ['worker_spawn_max_loadavg_1', 2.4, 'CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_LOADAVG_1', '.5', 0.5],
    ['worker_spawn_min_mem_available_gb', 8, 'CODEX_ORCHESTRATOR_WORKER_SPAWN_MIN_MEM_AVAILABLE_GB', '9', 9],
    ['max_cpu_pressure', 90, 'CODEX_ORCHESTRATOR_MAX_CPU_PRESSURE', '80.5', 80.5],
    ['max_memory_pressure', 10, 'CODEX_ORCHESTRATOR_MAX_MEMORY_PRESSURE', '5', 5],
    ['worker_spawn_max_cpu_pressure', 70, 'CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_CPU_PRESSURE', '60', 60],
    ['worker_spawn_max_memory_pressure', 4, 'CODEX_ORCHESTRATOR_WORKER_SPAWN_MAX_MEMORY_PRESSURE', '3', 3],
    ['lease_ttl_seconds', 60, 'CODEX_ORCHESTRATOR_LEASE_TTL_SECONDS', '120', 120],
    ['stall_after_seconds', 60, 'CODEX_ORCHESTRATOR_STALL_AFTER_SECONDS', '90', 90],
  ]
  for (const [key, value, variable, text, fromText] of settings) {
    it(`takes ${key} from the file, and from ${variable} before that`, () => {
      expect(configOf({file: {[key]: value}})[key]).to.deep.equal(value)
      expect(configOf({file: {[key]: value}, env: {[variable]: text}})[key]).to.deep.equal(fromText)
      expect(configOf({file: {[key]: value}, env: {[variable]: ''}})[key]).to.deep.equal(value)
    })
  }

  it('holds workers to the limits of heavy work unless they have their own', () => {
    const heavy = {max_loadavg_1: 3, min_mem_available_gb: 6}
    expect(configOf({file: heavy})).to.include({worker_spawn_max_loadavg_1: 3, worker_spawn_min_mem_available_gb: 6})
    const own = {...heavy, worker_spawn_max_loadavg_1: 2, worker_spawn_min_mem_available_gb: 0}
    expect(configOf({file: own})).to.include({worker_spawn_max_loadavg_1: 2, worker_spawn_min_mem_available_gb: 0})
    const stalls = {max_cpu_pressure: 90, max_memory_pressure: 10, worker_spawn_max_memory_pressure: 5}
    expect(configOf({file: stalls})).to.include({
      worker_spawn_max_cpu_pressure: 90,
      worker_spawn_max_memory_pressure: 5,
    })
    const env = {CODEX_ORCHESTRATOR_MAX_LOADAVG_1: '1'}
    expect(configOf({file: heavy, env})).to.include({worker_spawn_max_loadavg_1: 1})
  })

  it('knows the home folder', () => {
    const file = {worktrees_base_dir: '~/trees', codex_executable: '~/bin/codex', git_executable: '~/bin/git'}
    expect(configOf({file})).to.include({
      worktrees_base_dir: '/home/ana/trees',
      codex_executable: '/home/ana/bin/codex',
      git_executable: '/home/ana/bin/git',
    })
  })

  const refused: [given: Given, sentence: string][] = [
    [
      {file: {terminal_backend: 'X Term'}},
      '/c.toml line 7: terminal_backend is "X Term"; accepted is auto, desktop, tmux or the name of an installed terminal.',
    ],
    [
      {file: {worktrees_base_dir: 'trees'}},
      '/c.toml line 7: worktrees_base_dir is "trees"; accepted is an absolute folder, or one that begins with ~/.',
    ],
    [
      {file: {codex_args: '--yolo'}},
      '/c.toml line 7: codex_args is "--yolo"; accepted is a list of arguments of at most 64 KiB each, such as ["--yolo"].',
    ],
    [
      {file: {codex_args: ['a', 1]}},
      '/c.toml line 7: codex_args is ["a",1]; accepted is a list of arguments of at most 64 KiB each, such as ["--yolo"].',
    ],
    [
      {file: {max_heavy_leases: 1.5}},
      '/c.toml line 7: max_heavy_leases is 1.5; accepted is a whole number from 1 to 1024.',
    ],
    [
      {file: {max_loadavg_1: Number.NaN}},
      '/c.toml line 7: max_loadavg_1 is null; accepted is a number from 0.01 to 10000.',
    ],
    [{file: {planner_model: '--evil'}}, '/c.toml line 7: planner_model is "--evil"; accepted is the name of a model.'],
    [
      {env: {CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES: 'many'}},
      'CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES is "many"; accepted is a whole number from 1 to 1024.',
    ],
    [
      {env: {CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES: '0x3'}},
      'CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES is "0x3"; accepted is a whole number from 1 to 1024.',
    ],
    [
      {env: {CODEX_ORCHESTRATOR_CODEX_ARGS: '--yolo'}},
      'CODEX_ORCHESTRATOR_CODEX_ARGS is "--yolo"; accepted is a list of arguments of at most 64 KiB each, such as ["--yolo"].',
    ],
  ]
  for (const [given, sentence] of refused) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(refusalOf(given)).to.equal(`INVALID_CONFIG: ${sentence}`)
    })
  }

  it('takes nothing from the file’s prototype', () => {
    expect(configOf({file: Object.create({planner_model: 5}) as Record<string, unknown>}).planner_model).to.equal(null)
  })

  it('is not disturbed by a wrong file value that the environment replaces', () => {
    const env = {CODEX_ORCHESTRATOR_WORKER_MODEL: 'o3'}
    expect(configOf({file: {worker_model: 5}, env}).worker_model).to.equal('o3')
  })
})

describe('the nearest known word', () => {
  for (const [word, expected] of [
    ['staus', 'status'],
    ['STATUS', 'status'],
    ['titel', 'title'],
    ['own', 'owner'],
    ['', 'title'],
  ] as const) {
    it(`to ${JSON.stringify(word)} is ${expected}`, () => {
      expect(nearest(word, ['title', 'status', 'owner'])).to.equal(expected)
    })
  }
})
