import {mkdirSync} from 'node:fs'
import {homedir} from 'node:os'
import type {PluginHost, TerminalBackend, WorkerPolicy} from '@codex-planner/plugin-api'

import type {Config} from '../domain/config.ts'
import {PlannerError} from '../domain/errors.ts'
import {type HostConfig, readConfig} from '../store/config-file.ts'
import {hostPaths} from '../store/paths.ts'
import {type Codex, codexHome, openCodex} from '../system/codex.ts'
import {startDetached} from '../system/detached.ts'
import {type Git, openGit} from '../system/git.ts'
import {processes} from '../system/processes.ts'
import {findProgram, repositoryAround, runProgram} from '../system/program.ts'

/** What plugins gave, and which of them could not. */
export interface Contributions<Contribution> {
  found: Contribution[]
  faults: {plugin: string; reason: string}[]
}

/** A worker policy, and the package it comes from. */
export interface InstalledPolicy {
  plugin: string
  policy: WorkerPolicy
}

export interface HostPlugins {
  terminalBackends(hostFor: (plugin: string) => PluginHost): Promise<Contributions<TerminalBackend>>
  workerPolicies(hostFor: (plugin: string) => PluginHost): Promise<Contributions<InstalledPolicy>>
}

/** This machine, as the person at it has set it up. */
export interface Host {
  readonly env: NodeJS.ProcessEnv
  readonly config: Config
  readonly warnings: readonly string[]
  readonly codexHome: string
  /** ISO 8601 in UTC. */
  now(): string
  /** Each question to it: @throws PlannerError PROGRAM_MISSING */
  git(): Git
  /** @throws PlannerError PROGRAM_MISSING */
  codex(): Codex
  terminalBackends(): Promise<Contributions<TerminalBackend>>
  workerPolicies(): Promise<Contributions<InstalledPolicy>>
}

/** `looksOnly` is for a call that must leave nothing behind: then plugins get no folder made. @throws PlannerError INVALID_CONFIG */
export async function openHost(
  env: NodeJS.ProcessEnv,
  plugins: HostPlugins,
  folder: string,
  {looksOnly = false}: {looksOnly?: boolean} = {},
): Promise<Host> {
  const paths = hostPaths(env)
  const read = await readConfig(env)
  const {config, warnings} = read
  const repository = repositoryAround(folder)
  const hostFor = (plugin: string) => {
    const state = {folder: paths.pluginState(plugin), isMade: !looksOnly}
    return pluginHost(env, read, state, plugin, repository)
  }

  function program(wanted: string, key: string, debian: string): string {
    const found = findProgram(wanted, env, repository)
    if (found !== undefined) return found
    throw new PlannerError(
      'PROGRAM_MISSING',
      `${wanted} is not an executable program outside the repository (${key}).`,
      [debian],
    )
  }

  return {
    env,
    config,
    warnings,
    codexHome: codexHome({HOME: homedir(), ...env}),
    now: () => new Date().toISOString(),
    git: once(() => {
      const find = () => program(config.git_executable, 'git_executable', 'sudo apt-get install -y git')
      return openGit(once(find), env)
    }),
    codex: once(() =>
      openCodex(program(config.codex_executable, 'codex_executable', 'npm install -g @openai/codex'), env),
    ),
    terminalBackends: once(() => plugins.terminalBackends(hostFor)),
    workerPolicies: once(() => plugins.workerPolicies(hostFor)),
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: {value: Value} | undefined
  return () => (made ??= {value: make()}).value
}

function pluginHost(
  env: NodeJS.ProcessEnv,
  {pluginSettings}: HostConfig,
  state: {folder: string; isMade: boolean},
  name: string,
  repository: string | undefined,
): PluginHost {
  return {
    env,
    readSettings: schema => pluginSettings(name, schema),
    get stateFolder() {
      if (state.isMade) mkdirSync(state.folder, {recursive: true, mode: 0o700})
      return state.folder
    },
    findProgram: program => findProgram(program, env, repository),
    run: runProgram,
    start: (program, args, {cwd = '/', ...options} = {}) =>
      startDetached([program, ...args], options.env ?? env, cwd, options.log),
    processes,
  }
}
