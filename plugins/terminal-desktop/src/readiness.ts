import type {PluginHost, Readiness} from '@codex-planner/plugin-api'

import type {Choice} from './choice.ts'
import {EMULATOR} from './emulators.ts'
import {bareEnvironment, choicesOf} from './surroundings.ts'

export async function readiness(host: PluginHost): Promise<Readiness> {
  const choices = await choicesOf(host)
  if (!Array.isArray(choices)) return choices
  const [first] = choices
  const version = await versionOf(host, first)
  const where =
    first.on === 'x'
      ? `on the display ${first.display}`
      : `on the Wayland display ${first.display}, where only a window itself can show whether it opens`
  const {untested} = EMULATOR[first.emulator]
  const warning = untested ? `; codex-planner was never tested with ${first.emulator} (${untested})` : ''
  return {ready: true, detail: `${first.emulator} ${version} ${where}${warning}`}
}

const UNTOLD = '(it tells no version)'

async function versionOf(host: PluginHost, {emulator}: Choice): Promise<string> {
  const {versionArguments, version} = EMULATOR[emulator]
  const program = host.findProgram(emulator) ?? emulator
  const options = {env: bareEnvironment(host.env), cwd: '/', timeout: 5000}
  const answer = await host.run(program, versionArguments, options).catch(noAnswer)
  return version.exec(answer?.stdout ?? '')?.[1] ?? UNTOLD
}

/** Not within its time, or not at all: that decides nothing, a window may open all the same. */
function noAnswer(): undefined {}
