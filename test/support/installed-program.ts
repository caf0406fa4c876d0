import path from 'node:path'

import {checkout, runProgram} from '../commands/machine.ts'
import {installedPackages, npmRegistry} from './npm-registry.ts'

/** npm on a machine that has nothing but what is below this folder. */
export async function npmIn(folder: string, args: readonly string[]): Promise<string> {
  const home = path.join(folder, 'npm-home')
  const search = `${path.dirname(process.execPath)}:${process.env['PATH']}`
  const env = {HOME: home, PATH: search, npm_config_cache: path.join(home, 'cache')}
  const {code, stdout, stderr} = await runProgram('npm', args, {cwd: folder, env, timeout: 300_000})
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

export interface Packed {
  /** Where the package is. */
  file: string
  /** What is in it. */
  files: string[]
}

/** Makes the package that a folder of this checkout is published as, of what was built. */
export async function pack(source: string, folder: string): Promise<Packed> {
  const args = ['pack', source, '--ignore-scripts', '--json', '--pack-destination', folder]
  const [made] = JSON.parse(await npmIn(folder, args)) as {filename: string; files: {path: string}[]}[]
  return {file: path.join(folder, made?.filename ?? ''), files: made?.files.map(file => file.path) ?? []}
}

/** Installs it for all repositories of a user, with no network: what it needs is fetched from a registry that has what this checkout has. */
export async function installProgram(folder: string): Promise<{prefix: string; program: string}> {
  const {file} = await pack(checkout, folder)
  const prefix = path.join(folder, 'prefix')
  const registry = await npmRegistry(installedPackages())
  try {
    const quiet = ['--no-audit', '--no-fund', `--registry=${registry.url}`]
    await npmIn(folder, ['install', '--global', `--prefix=${prefix}`, ...quiet, file])
  } finally {
    await registry.close()
  }
  return {prefix, program: path.join(prefix, 'bin', 'codex-planner')}
}
