import {existsSync, readFileSync} from 'node:fs'
import {cp, mkdir, mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'

import {checkout, runProgram} from '../test/commands/machine.ts'

/** The published package with what it needs, in a throw-away folder. */
export interface Installed {
  folder: string
  /** To call it with: neither npm's link nor the search for another Node is in a figure. */
  argv: readonly string[]
  close(): Promise<void>
}

/** Packs this checkout, and copies beside it the packages that it needs: that asks no registry, and they are the locked ones. */
export async function install(): Promise<Installed> {
  const scratch = await realpath(await mkdtemp(path.join(tmpdir(), 'cpb-')))
  const folder = path.join(scratch, 'lib', 'node_modules', 'codex-planner')
  await mkdir(folder, {recursive: true})
  const packed = await succeed('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch])
  const [{filename = ''} = {}] = JSON.parse(packed) as {filename?: string}[]
  await succeed('tar', ['-xzf', path.join(scratch, filename), '--strip-components=1', '-C', folder])
  for (const place of needed(folder)) {
    const target = path.join(folder, path.relative(checkout, place))
    // Our own packages are in it.
    if (!existsSync(target)) await cp(place, target, {recursive: true})
  }
  return {
    folder,
    argv: [process.execPath, path.join(folder, 'bin', 'run.js')],
    close: () => rm(scratch, {recursive: true, force: true, maxRetries: 5}),
  }
}

/** What the package asks for, as folders of this checkout that stand beside each other; those below one belong to it. */
function needed(folder: string): string[] {
  const found = new Set<string>()
  const visit = (names: readonly string[], from: string): void => {
    for (const place of names.flatMap(name => nearest(name, from) ?? [])) {
      if (found.has(place)) continue
      found.add(place)
      visit(wanted(place), place)
    }
  }
  visit(wanted(folder), checkout)
  return [...found].filter(
    place => place.split('/node_modules/').length === checkout.split('/node_modules/').length + 1,
  )
}

function wanted(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    dependencies?: object
    optionalDependencies?: object
    peerDependencies?: object
    peerDependenciesMeta?: Record<string, {optional?: boolean}>
  }
  const peers = Object.keys(manifest.peerDependencies ?? {})
  return [
    ...Object.keys({...manifest.dependencies, ...manifest.optionalDependencies}),
    ...peers.filter(name => !manifest.peerDependenciesMeta?.[name]?.optional),
  ]
}

/** None where npm left it out, which it does for other kinds of machines. */
function nearest(name: string, from: string): string | undefined {
  for (let at = from; at.startsWith(checkout); at = path.dirname(at)) {
    const place = path.join(at, 'node_modules', name)
    if (existsSync(place)) return place
  }
  return undefined
}

async function succeed(file: string, args: readonly string[]): Promise<string> {
  const {code, stdout, stderr} = await runProgram(file, args, {cwd: checkout, env: process.env})
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}
