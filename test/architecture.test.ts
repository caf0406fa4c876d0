// The rules of the house that a compiler does not know, and the planted breaks that show each of them at work.
import {existsSync, globSync, readFileSync} from 'node:fs'
import path from 'node:path'

import {expect} from 'chai'

const root = path.resolve(import.meta.dirname, '..')

interface Source {
  /** Relative to the root. */
  path: string
  text: string
}

interface Import {
  from: string
  to: string
  typeOnly: boolean
}

/** From the top down; one may use what is in its own ring or below. */
const RINGS = [['commands', 'mcp', 'hooks'], ['src'], ['services'], ['store', 'system'], ['domain']]
const FORBIDS_ITS_NEIGHBOUR = ['store', 'system']

const MAY_USE_MCP_SDK = ['src/mcp/sdk.ts', 'src/mcp/stdio.ts']
const MAY_START_PROGRAMS = [
  /^src\/system\//,
  // Hands the person's terminal over.
  /^src\/view-command\.ts$/,
]
const MAY_EXIT = [
  /^(bin|scripts|demo|bench)\//,
  // A closed pipe is no fault.
  /^src\/standard-output\.ts$/,
  // Keep a tool from ending the server.
  /^src\/mcp\/(sdk|stdio)\.ts$/,
]
const MAY_PRINT = [/^(bin|scripts|demo|bench)\//]

function importsOf({path: from, text}: Source): Import[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'"`;=()]*?\sfrom\s+)?'([^']+)'/gm)
  const calls = code.matchAll(/\bimport\('([^']+)'\)/g)
  const resolved = (to: string) => (to.startsWith('.') ? path.posix.join(path.posix.dirname(from), to) : to)
  return [
    ...[...statements].map(([, type, to = '']) => ({from, to: resolved(to), typeOnly: type !== undefined})),
    ...[...calls].map(([, to = '']) => ({from, to: resolved(to), typeOnly: false})),
  ]
}

/** The folder directly in `src`, or `src` for the files between commands and services; undefined outside. */
function placeOf(file: string): string | undefined {
  const [top, folder, ...rest] = file.split('/')
  if (top !== 'src' || folder === undefined) return undefined
  return rest.length === 0 ? 'src' : folder
}

function ringOf(place: string): number {
  return RINGS.findIndex(ring => ring.includes(place))
}

function pluginOf(file: string): string | undefined {
  return /^plugins\/[^/]+/.exec(file)?.[0]
}

function wrongDirections(imports: readonly Import[]): string[] {
  return imports.flatMap(({from, to, typeOnly}) => {
    const [source, target] = [placeOf(from), placeOf(to)]
    if (source === undefined) return []
    if (ringOf(source) < 0) return [`${from} is in no ring`]
    const say = (why: string) => [`${from} imports ${to}: ${why}`]
    if (pluginOf(to)) return say('a plugin is reached through its package')
    if (target === undefined) {
      if (source !== 'domain' || (typeOnly && to === '@codex-planner/plugin-api')) return []
      return say('the domain imports nothing but itself and types of the contract')
    }
    if (ringOf(target) < ringOf(source)) return say('upwards')
    const neighbours = FORBIDS_ITS_NEIGHBOUR.includes(source) && ringOf(target) === ringOf(source)
    return neighbours && source !== target ? say('store and system do not know each other') : []
  })
}

function wrongPackages(imports: readonly Import[]): string[] {
  return imports.flatMap(({from, to, typeOnly}) => {
    const say = (why: string) => [`${from} imports ${to}: ${why}`]
    const place = placeOf(from)
    if (to.startsWith('@modelcontextprotocol/') && !MAY_USE_MCP_SDK.includes(from))
      return say('only the tool server does')
    const startsPrograms = to === 'execa' || to === 'node:child_process'
    if (place !== undefined && startsPrograms && !MAY_START_PROGRAMS.some(pattern => pattern.test(from))) {
      return say('only src/system starts programs')
    }
    const knowsOclif = place === undefined || ['src', 'commands', 'mcp', 'hooks'].includes(place)
    if (to.startsWith('@oclif/') && !knowsOclif) return say('only commands, hooks and tools know oclif')
    const plugin = pluginOf(from)
    if (plugin === undefined || to.startsWith('node:') || to.startsWith(`${plugin}/`)) return []
    return typeOnly && to === '@codex-planner/plugin-api' ? [] : say('a plugin needs nothing but Node at run time')
  })
}

/** Every file that reaches itself, named once for each circle; a circle of types is one idea cut in two. */
function circles(imports: readonly Import[]): string[] {
  const next = Map.groupBy(imports, ({from}) => from)
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file)
    if (at >= 0) found.push(`in a circle: ${[...trail.slice(at), file].join(' > ')}`)
    if (at >= 0 || done.has(file)) return
    for (const {to} of next.get(file) ?? []) visit(to, [...trail, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}

function wrongWords({path: file, text}: Source): string[] {
  const code = text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  const has = (pattern: RegExp, allowed: readonly RegExp[], why: string) =>
    pattern.test(code) && !allowed.some(path => path.test(file)) ? [`${file}: ${why}`] : []
  const isTest = /(^|\/)test\//.test(file)
  return [
    ...has(/catch\s*(?:\([^)]*\)\s*)?\{\s*\}|catch\s*\{/, [], 'a catch that does not look at what it caught'),
    ...has(/\.message\.(?:includes|startsWith|match)\b/, [], 'an error told by its words'),
    ...(isTest ? has(/\b(?:describe|it|context)\.only\(/, [], 'a test that shuts out the others') : []),
    ...(isTest ? [] : has(/\bconsole\./, MAY_PRINT, 'prints by itself')),
    ...(isTest ? [] : has(/\bprocess\.exit\b/, MAY_EXIT, 'ends the process by itself')),
    ...(placeOf(file) === 'domain'
      ? has(
          /\bDate\.now\b|new Date\(\)|Math\.random|randomUUID|\bprocess\./,
          [],
          'a rule that asks the clock, chance or the machine',
        )
      : []),
  ]
}

/** What a document names in code or links to and is not there. */
function missingPaths({path: file, text}: Source, exists: (path: string) => boolean): string[] {
  const tops = 'bin|src|plugins|scripts|test|demo|bench|docs|\\.ci'
  const named = [...text.matchAll(new RegExp(`\`((?:${tops})/[\\w@./-]*)\``, 'g'))].map(([, name = '']) => name)
  const linked = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, target = '']) =>
    path.posix.join(path.posix.dirname(file), target),
  )
  return [...named, ...linked].filter(name => !exists(name)).map(name => `${file} names ${name}, which is not there`)
}

function faults(sources: readonly Source[]): string[] {
  const product = sources.filter(({path: file}) => /^src\/|^plugins\/[^/]+\/src\//.test(file))
  const imports = product.flatMap(importsOf)
  return [...wrongDirections(imports), ...wrongPackages(imports), ...circles(imports), ...sources.flatMap(wrongWords)]
}

function read(patterns: readonly string[]): Source[] {
  return globSync(patterns, {cwd: root, exclude: name => /node_modules|^dist$/.test(name)})
    .toSorted()
    .map(file => ({path: file, text: readFileSync(path.join(root, file), 'utf8')}))
}

describe('the house', () => {
  it('keeps its rules in every file', () => {
    const patterns = [
      'bin/*.js',
      'scripts/*.js',
      'demo/**/*.ts',
      'bench/**/*.ts',
      'src/**/*.ts',
      'plugins/*/src/**/*.ts',
    ]
    const tests = ['test/**/*.ts', 'plugins/*/test/**/*.ts']
    const sources = read([...patterns, ...tests]).filter(({path: file}) => file !== 'test/architecture.test.ts')
    expect(sources.length).to.be.greaterThan(100)
    expect(faults(sources)).to.deep.equal([])
  })

  it('has every file that its documents name', () => {
    const documents = read(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])
    expect(documents.flatMap(file => missingPaths(file, name => existsSync(path.join(root, name))))).to.deep.equal([])
  })
})

describe('a break of the house rules is found:', () => {
  const domainRule = 'the domain imports nothing but itself and types of the contract'
  const pluginRule = 'a plugin needs nothing but Node at run time'
  const table: [what: string, sources: Record<string, string>, told: string[]][] = [
    [
      'a service that calls a command',
      {'src/services/tasks.ts': `import {run} from '../commands/run.ts'`},
      ['src/services/tasks.ts imports src/commands/run.ts: upwards'],
    ],
    [
      'a store that takes a type from a service',
      {'src/store/board.ts': `import type {Host} from '../services/host.ts'`},
      ['src/store/board.ts imports src/services/host.ts: upwards'],
    ],
    [
      'an import over several lines',
      {'src/store/board.ts': `import {\n  a,\n  b,\n} from '../planner-command.ts'`},
      ['src/store/board.ts imports src/planner-command.ts: upwards'],
    ],
    [
      'an export of what is above',
      {'src/domain/task.ts': `export * from '../store/board.ts'`},
      ['src/domain/task.ts imports src/store/board.ts: upwards'],
    ],
    [
      'a late import of what is above',
      {'src/system/git.ts': `const {x} = await import('../services/host.ts')`},
      ['src/system/git.ts imports src/services/host.ts: upwards'],
    ],
    [
      'a store that asks the system',
      {'src/store/board.ts': `import {openGit} from '../system/git.ts'`},
      ['src/store/board.ts imports src/system/git.ts: store and system do not know each other'],
    ],
    [
      'a folder that is in no ring',
      {'src/helpers/a.ts': `import path from 'node:path'`},
      ['src/helpers/a.ts is in no ring'],
    ],
    [
      'a domain that reads files',
      {'src/domain/task.ts': `import {readFileSync} from 'node:fs'`},
      [`src/domain/task.ts imports node:fs: ${domainRule}`],
    ],
    [
      'a domain that needs the contract at run time',
      {'src/domain/task.ts': `import {type Verdict} from '@codex-planner/plugin-api'`},
      [`src/domain/task.ts imports @codex-planner/plugin-api: ${domainRule}`],
    ],
    [
      'the SDK in a command',
      {'src/commands/serve-mcp.ts': `import {Server} from '@modelcontextprotocol/sdk/server/index.js'`},
      ['src/commands/serve-mcp.ts imports @modelcontextprotocol/sdk/server/index.js: only the tool server does'],
    ],
    [
      'a service that starts programs',
      {'src/services/run.ts': `import {execa} from 'execa'`},
      ['src/services/run.ts imports execa: only src/system starts programs'],
    ],
    [
      'a service that knows oclif',
      {'src/services/run.ts': `import {Config} from '@oclif/core'`},
      ['src/services/run.ts imports @oclif/core: only commands, hooks and tools know oclif'],
    ],
    [
      'a plugin with a dependency',
      {'plugins/terminal-x/src/x.ts': `import {execa} from 'execa'`},
      [`plugins/terminal-x/src/x.ts imports execa: ${pluginRule}`],
    ],
    [
      'a plugin that reaches into the program',
      {'plugins/terminal-x/src/x.ts': `import type {Task} from '../../../src/domain/task.ts'`},
      [`plugins/terminal-x/src/x.ts imports src/domain/task.ts: ${pluginRule}`],
    ],
    [
      'a plugin that needs the contract at run time',
      {'plugins/terminal-x/src/x.ts': `import {X} from '@codex-planner/plugin-api'`},
      [`plugins/terminal-x/src/x.ts imports @codex-planner/plugin-api: ${pluginRule}`],
    ],
    [
      'a program that reaches into a plugin',
      {'src/plugins.ts': `import {tmux} from '../plugins/terminal-tmux/src/tmux.ts'`},
      ['src/plugins.ts imports plugins/terminal-tmux/src/tmux.ts: a plugin is reached through its package'],
    ],
    [
      'a circle of three',
      {
        'src/domain/a.ts': `import {b} from './b.ts'`,
        'src/domain/b.ts': `import {c} from './c.ts'`,
        'src/domain/c.ts': `import {a} from './a.ts'`,
      },
      ['in a circle: src/domain/a.ts > src/domain/b.ts > src/domain/c.ts > src/domain/a.ts'],
    ],
    [
      'a circle of types',
      {'src/domain/a.ts': `import type {B} from './b.ts'`, 'src/domain/b.ts': `import type {A} from './a.ts'`},
      ['in a circle: src/domain/a.ts > src/domain/b.ts > src/domain/a.ts'],
    ],
    ['a service that prints', {'src/services/a.ts': 'console.log(1)'}, ['src/services/a.ts: prints by itself']],
    [
      'a command that exits',
      {'src/commands/a.ts': 'process.exit(1)'},
      ['src/commands/a.ts: ends the process by itself'],
    ],
    [
      'a swallowed error',
      {'src/store/a.ts': 'try { a() } catch { b() }'},
      ['src/store/a.ts: a catch that does not look at what it caught'],
    ],
    [
      'an error that is dropped by name',
      {'test/a.test.ts': 'try { a() } catch (error) {\n}'},
      ['test/a.test.ts: a catch that does not look at what it caught'],
    ],
    [
      'an error told by its words',
      {'src/store/a.ts': `if (error.message.includes('not found')) return`},
      ['src/store/a.ts: an error told by its words'],
    ],
    [
      'a test that shuts out the others',
      {'plugins/terminal-x/test/x.test.ts': `describe.only('x', () => {})`},
      ['plugins/terminal-x/test/x.test.ts: a test that shuts out the others'],
    ],
    [
      'a rule that asks the clock',
      {'src/domain/a.ts': 'const now = Date.now()'},
      ['src/domain/a.ts: a rule that asks the clock, chance or the machine'],
    ],
  ]
  for (const [what, files, told] of table) {
    it(what, () => {
      expect(faults(Object.entries(files).map(([file, text]) => ({path: file, text})))).to.deep.equal(told)
    })
  }

  it('a document that names a file which is gone', () => {
    const text =
      'See `src/gone.ts`, `src/here.ts`, [this](docs/gone.md), [that](docs/here.md#part) and [the web](https://example.org/x).'
    const exists = (name: string) => name.endsWith('here.ts') || name.endsWith('here.md')
    expect(missingPaths({path: 'README.md', text}, exists)).to.deep.equal([
      'README.md names src/gone.ts, which is not there',
      'README.md names docs/gone.md, which is not there',
    ])
  })

  const allowed: [what: string, file: string, text: string][] = [
    ['a command that asks a service', 'src/commands/a.ts', `import {x} from '../services/x.ts'`],
    ['a domain with the types of the contract', 'src/domain/a.ts', `import type {X} from '@codex-planner/plugin-api'`],
    [
      'a plugin with Node alone',
      'plugins/terminal-x/src/x.ts',
      `import path from 'node:path'\nimport {y} from './y.ts'`,
    ],
    [
      'an import that is only written about',
      'src/domain/a.ts',
      `/**\n import {x} from '../store/x.ts'\n*/\n// import 'node:fs'`,
    ],
    [
      'a catch that rethrows',
      'src/store/a.ts',
      'try { a() } catch (error) {\n  if (!isNodeError(error)) throw error\n}',
    ],
  ]
  for (const [what, file, text] of allowed) {
    it(`not in ${what}`, () => expect(faults([{path: file, text}])).to.deep.equal([]))
  }
})
