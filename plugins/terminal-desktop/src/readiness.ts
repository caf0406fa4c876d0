import type {PluginHost, Readiness} from '@codex-planner/plugin-api'

import type {Choice} from './choice.ts'
import {EMULATOR} from './emulators.ts'
import {bareEnvironment, choicesOf} from './surroundings.ts'
import {oneLine} from './title.ts'

export async function readiness(host: PluginHost): Promise<Readiness> {
  const choices = await choicesOf(host)
  if (!Array.isArray(choices)) return choices
  const [first] = choices
  const version = await versionOf(host, first)
  const where = first.proven
    ? `on the display ${first.display}`
    : `on the Wayland display ${first.display}, where only a window itself can show whether it opens`
  return {ready: true, detail: `${first.emulator} ${version} ${where}`}
}

async function versionOf(host: PluginHost, {emulator}: Choice): Promise<string> {
  const {versionArgument, version} = EMULATOR[emulator]
  const program = host.findProgram(emulator) ?? emulator
  const {stdout, stderr} = await host.run(program, [versionArgument], {env: bareEnvironment(host.env), cwd: '/'})
  return version.exec(stdout)?.[1] ?? `(${oneLine(stderr || stdout) || 'it tells no version'})`
}
