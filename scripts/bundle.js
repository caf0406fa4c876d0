// Makes the files that are run of what is in src and in the packages it uses: a small one to start with, three of what is ours and of oclif, and one
// for each package that is heavy and not always needed. See docs/decisions/0036-oclif-is-told-what-it-would-find.md.
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {build} from 'esbuild'

import {withLateRequires} from './late-requires.js'
import {lateSchemas} from './late-schemas.js'
import {builtParts, fromOtherParts, given, PARTS} from './parts.js'

/** Imported in src as any other package, and loaded when something of it is used for the first time. */
const LATE_PACKAGES = {
  ajv: ['ajv'],
  execa: ['execa'],
  listr2: ['listr2'],
  'mcp-sdk': ['server/index.js', 'server/stdio.js', 'types.js'].map(file => `@modelcontextprotocol/sdk/${file}`),
  'smol-toml': ['smol-toml'],
  'string-width': ['string-width'],
  valibot: ['valibot'],
  yaml: ['yaml'],
}
/** Of a part of which most is not used, what is; the rest is left out. */
const USED = {'@modelcontextprotocol/sdk/types.js': ['ErrorCode', 'McpError']}
const SCHEMAS = 'node_modules/@modelcontextprotocol/sdk/dist/esm/types.js'
/** Whose one export is a function without a name. */
const HAS_A_DEFAULT = new Set(['string-width'])
/** What oclif requires for finding plugins, spinners and debugging. */
const LATE_IN_OCLIF = ['cli-spinners', 'debug', 'lilconfig', 'minimatch', 'tinyglobby']
const LATE_BUILTINS = ['node:child_process', 'node:crypto', 'node:fs/promises', 'node:readline']

/** All files, as text. */
export async function bundle(root) {
  const common = {
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node22.13',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    outdir: 'dist/bundle',
    outExtension: {'.js': '.cjs'},
    // For coverage; not published.
    sourcemap: 'linked',
    sourcesContent: false,
  }
  // Reading it is a good part of the time of a start. Names are kept: errors are told by them, and found.
  const small = {minifySyntax: true, minifyWhitespace: true, lineLimit: 160}
  const start = {...common, entryPoints: ['src/start.ts'], external: ['./codex-planner.cjs']}
  const program = (part, modules, ask) => ({
    ...common,
    stdin: {
      contents: part === PARTS[0] ? entry(root, modules) : `exports.modules = ${given(modules)}`,
      resolveDir: root,
    },
    entryNames: part,
    // What oclif would use if it were there, and is not.
    external: ['typescript', 'ts-node', 'pnpapi', './late/*', ...PARTS.map(part => `./${part}.cjs`)],
    define: {'import.meta.url': 'moduleUrl'},
    banner: {js: `const moduleUrl = require('node:url').pathToFileURL(__filename).href`},
    ...small,
    plugins: [lateOclif, lateImports(root), fromOtherParts(root, part, ask)],
  })
  const namesOf = part => (HAS_A_DEFAULT.has(part) ? ['default'] : USED[part])
  const exported = part => `export ${namesOf(part) ? `{${namesOf(part).join()}}` : '*'} from '${part}'`
  const schemas = lateSchemas(path.join(root, SCHEMAS))
  const late = [
    ...Object.entries(LATE_PACKAGES).map(([name, parts]) => [name, parts.map(exported).join('\n'), root]),
    ...LATE_IN_OCLIF.map(name => [
      name,
      `module.exports = require('${name}')`,
      path.join(root, 'node_modules/@oclif/core'),
    ]),
  ]
  const packages = late.map(([name, contents, resolveDir]) => ({
    ...common,
    stdin: {contents, resolveDir, sourcefile: `${name}.js`},
    entryNames: `late/${name}`,
    sourcemap: false,
    ...small,
    plugins: [yamlAsModules(root), withoutForms, schemas],
  }))
  const built = [
    ...(await builtParts((...about) => build(program(...about)))),
    ...(await Promise.all([start, ...packages].map(options => build(options)))),
  ]
  const inputs = built.flatMap(({metafile}) => Object.keys(metafile.inputs))
  return [
    ...built.flatMap(({outputFiles}) => outputFiles),
    {path: path.join(root, 'dist/bundle/licenses.txt'), text: licenses(root, inputs)},
  ]
}

/**
 * Of each plugin that comes with the program, the files that its hooks name, with its other ones in them: each file that is loaded costs a
 * millisecond or two, at every start of a session and every look at one.
 */
export async function bundledHooks(root, folders) {
  const built = await Promise.all(
    folders.map(folder => {
      const {oclif} = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
      const files = Object.values(oclif.hooks).flat()
      return build({
        absWorkingDir: path.join(root, folder),
        entryPoints: files.map(file => file.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')),
        bundle: true,
        packages: 'external',
        write: false,
        platform: 'node',
        format: 'esm',
        target: 'node22.13',
        logLevel: 'warning',
        outdir: 'dist',
        sourcemap: 'linked',
        sourcesContent: false,
      })
    }),
  )
  return built.flatMap(({outputFiles}) => outputFiles)
}

/** Of the packages that are in the bundle, what each asks to be passed on. */
function licenses(root, inputs) {
  const folders = inputs.flatMap(
    file => /^(?!other-part:).*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? [],
  )
  const parts = [...new Set(folders)]
    .toSorted((a, b) => a.localeCompare(b))
    .map(folder => {
      const {name, version, license, author} = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'))
      const file = readdirSync(path.join(root, folder)).find(file => /^licen[cs]e(\.|-|$)/i.test(file))
      const by = author?.name ?? author ?? 'its authors'
      const text = file === undefined ? `By ${by}.` : readFileSync(path.join(root, folder, file), 'utf8').trim()
      return `${name} ${version} (${license})\n\n${text}\n`
    })
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** What `package.json` and `src/start.ts` name: each command is loaded when it is asked for. */
function entry(root, modules) {
  const files = readdirSync(path.join(root, 'src', 'commands'), {recursive: true})
  const names = files.filter(name => name.endsWith('.ts')).map(name => name.replace(/\.ts$/, ''))
  const late = (name, file) => `get '${name}'() { return require('./src/${file}.ts').default }`
  const commands = names
    .toSorted((a, b) => a.localeCompare(b))
    .map(name => late(name.replaceAll(path.sep, ':'), `commands/${name}`))
  return `
    const commands = {${commands.join()}}
    module.exports = {
      commands,
      main: (root, typed) => require('./src/main.ts').main(root, commands, typed),
      run: (root, typed) => require('./src/main.ts').run(root, commands, typed),
      modules: ${given(modules)},
      ${late('commandNotFound', 'hooks/command-not-found')},
      ${late('prerun', 'hooks/prerun')},
      ${late('reconcile', 'hooks/reconcile')},
      ${late('help', 'help')},
      get inGroups() { return require('./src/command-groups.ts').inGroups },
      get loadTools() { return require('./src/mcp/server.ts').loadTools },
      get JUDGING() { return require('./src/mcp/input.ts').JUDGING },
    }`
}

const lateOclif = {
  name: 'late-oclif',
  setup({onLoad, onResolve}) {
    onResolve({filter: /^[a-z]/}, ({path: name, kind}) =>
      kind === 'require-call' && LATE_IN_OCLIF.includes(name)
        ? {path: `./late/${name}.cjs`, external: true}
        : undefined,
    )
    onLoad({filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/, namespace: 'file'}, ({path: file}) => ({
      contents: withLateRequires(readFileSync(file, 'utf8'), file),
    }))
  },
}

/** Each export is there at once, and loads what it is in when it is used for the first time. */
function lateImports(root) {
  const places = new Map([
    ...LATE_BUILTINS.map(name => [name, name]),
    ...Object.entries(LATE_PACKAGES).flatMap(([name, parts]) => parts.map(part => [part, `./late/${name}.cjs`])),
  ])
  return {
    name: 'late-imports',
    setup({onResolve, onLoad}) {
      onResolve({filter: /^[^.]/}, ({path: name, importer}) =>
        places.has(name) && importer.startsWith(path.join(root, 'src')) ? {path: name, namespace: 'late'} : undefined,
      )
      onLoad({filter: /.*/, namespace: 'late'}, async ({path: name}) => {
        const load = `const load = () => require('${places.get(name)}')`
        // As Node sees a CommonJS module, its default export is all of it.
        if (HAS_A_DEFAULT.has(name))
          return {contents: `${load}; module.exports = (...given) => load().default(...given)`}
        const keys = (USED[name] ?? Object.keys(await import(name))).filter(
          key => !['__esModule', 'module.exports'].includes(key),
        )
        const late = keys.map(key => `get '${key}'() { return load()['${key}'] }`)
        return {contents: `${load}; module.exports = {__esModule: true, ${late.join()}}`}
      })
    },
  }
}

/** `src/mcp/sdk.ts` gives the SDK what it would load this for. */
const withoutForms = {
  name: 'without-forms',
  setup({onLoad}) {
    onLoad({filter: /[\\/]validation[\\/]ajv-provider\.js$/}, () => ({
      contents: 'export class AjvJsonSchemaValidator {}',
    }))
  },
}

/** Of the two forms it is published in, the one of which only what is used is taken. */
function yamlAsModules(root) {
  return {
    name: 'yaml-as-modules',
    setup({onResolve}) {
      onResolve({filter: /^yaml$/}, () => ({
        path: path.join(root, 'node_modules', 'yaml', 'browser', 'dist', 'index.js'),
      }))
    },
  }
}
