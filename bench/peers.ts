import {mkdir, mkdtemp, readFile, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'

import {type Machine, makeMachine, runProgram} from '../test/commands/machine.ts'
import {makeBoard} from './boards.ts'
import type {BenchOptions, Figure, Row} from './figure.ts'
import type {Installed} from './installed.ts'
import {BASELINE, type Case, columns, inRounds} from './rounds.ts'
import {median, rounded} from './statistics.ts'
import {throwAway} from './throw-away.ts'
import {startToEnd} from './timing.ts'
import {untilTools} from './tool-server.ts'

/** Programs that people use for the same purpose, as npm has them today. */
const PEERS: {name: string; script: string; list: string[]; server?: string[]}[] = [
  {
    name: 'oh-my-codex',
    script: 'dist/cli/omx.js',
    list: ['state', 'list-active', '--json'],
    server: ['mcp-serve', 'state'],
  },
  {
    name: '@kbediako/codex-orchestrator',
    script: 'bin/codex-orchestrator.js',
    list: ['doctor', '--format', 'json'],
    server: ['delegate-server'],
  },
  {name: 'ralphy-cli', script: 'bin.js', list: ['--config']},
]

export interface Peer {
  name: string
  /** `node_modules` with the package and all that came with it. */
  folder: string
  version: string
}

export interface Peers {
  found: Peer[]
  missed: string[]
  close(): Promise<void>
}

const LONGEST_INSTALL_MS = 300_000

/** Into a throw-away folder, with no script of theirs run. Where npm reaches no registry, they are missed and not an error. */
export async function installPeers(say: BenchOptions['say']): Promise<Peers> {
  const scratch = await realpath(await mkdtemp(path.join(tmpdir(), 'cpp-')))
  const peers: Peers = {found: [], missed: [], close: () => rm(scratch, {recursive: true, force: true, maxRetries: 5})}
  for (const {name} of PEERS) {
    const cwd = path.join(scratch, name.replaceAll('/', '-'))
    await mkdir(cwd)
    await writeFile(path.join(cwd, 'package.json'), '{"private": true}')
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', name]
    const {code, stderr} = await runProgram('npm', args, {cwd, env: process.env, timeout: LONGEST_INSTALL_MS})
    if (code === 0) {
      const folder = path.join(cwd, 'node_modules')
      const manifest = await readFile(path.join(folder, name, 'package.json'), 'utf8')
      peers.found.push({name, folder, version: (JSON.parse(manifest) as {version: string}).version})
    } else {
      say(`${name} could not be installed, so it is not measured: ${stderr.trim().split('\n').at(-1)}`)
      peers.missed.push(name)
    }
  }
  return peers
}

/** What the same kind of call costs in programs for the same purpose. */
export async function peers(options: BenchOptions): Promise<Figure> {
  const {isFull, rounds = isFull ? 30 : 10, say} = options
  const machine = throwAway(await makeMachine())
  try {
    const installed = await options.installed()
    const {found, missed} = await options.peers()
    const {root} = await makeBoard(machine, installed, 'peers', 10)
    const memory = new Map<string, number[]>()
    const cases = [
      ...ours(machine, installed, root, memory),
      ...found.flatMap(peer => theirs(machine, peer, root, memory)),
    ]
    say(`Measuring ${cases.length} calls in ${rounds} rounds.`)
    const measured = await inRounds(cases, rounds)
    const rows = [...measured].map(([name, of]): Row => {
      const [program = '', call = '-'] = name.split(' @ ')
      const mb = memory.get(name)
      return {program, call, ...columns(of), mb: mb ? rounded(median(mb), 1) : '-'}
    })
    const absent = missed.map(program => ({
      program,
      call: 'not measured',
      ratio: '-',
      quartiles: '-',
      ms: '-',
      runs: 0,
      mb: '-',
    }))
    return {
      name: 'peers',
      title: `What a call costs in programs for the same purpose, as a ratio to ${BASELINE}`,
      settings: {rounds},
      rows: [...rows, ...absent],
      notes: found.map(({name, version}) => `${name} is version ${version}.`),
    }
  } finally {
    await machine.close()
  }
}

function ours(machine: Machine, {argv}: Installed, cwd: string, memory: Map<string, number[]>): Case[] {
  return [
    ...[['--version'], ['--help'], ['list-tasks', '--json']].map(words =>
      call(machine, cwd, ['codex-planner', ...words], [...argv, ...words]),
    ),
    toolServer(machine, cwd, ['codex-planner', 'serve-mcp'], [...argv, 'serve-mcp'], memory),
  ]
}

function theirs(machine: Machine, {name, folder}: Peer, cwd: string, memory: Map<string, number[]>): Case[] {
  const peer = PEERS.find(peer => peer.name === name)
  if (!peer) return []
  const argv = [process.execPath, path.join(folder, name, peer.script)]
  return [
    ...[['--version'], ['--help'], peer.list].map(words => call(machine, cwd, [name, ...words], [...argv, ...words])),
    ...(peer.server ? [toolServer(machine, cwd, [name, ...peer.server], [...argv, ...peer.server], memory)] : []),
  ]
}

function call({env}: Machine, cwd: string, [program, ...words]: readonly string[], argv: readonly string[]): Case {
  return {name: `${program} @ ${words.join(' ')}`, time: () => startToEnd(argv, {cwd, env})}
}

function toolServer(
  {env}: Machine,
  cwd: string,
  [program, ...words]: readonly string[],
  argv: readonly string[],
  memories: Map<string, number[]>,
): Case {
  const name = `${program} @ ${words.join(' ')}`
  const known: number[] = []
  memories.set(name, known)
  return {
    name,
    time: async () => {
      const {time, memory} = await untilTools(argv, {cwd, env})
      known.push(memory)
      return time
    },
  }
}
