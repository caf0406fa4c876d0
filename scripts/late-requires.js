// oclif's own files as they are published load at once all that they may need, such as help for a command that is not asked for any.

import path from 'node:path'

const root = path.dirname(import.meta.dirname)

const REQUIRE = /^(?:const|var) (\w+_\d+) = ((?:__importDefault|__importStar)?\(?require\("[^"]+"\)\)?);$/gm

/** The text of a file of oclif, with each `const x_1 = require(…)` carried out when `x_1` is used for the first time. */
export function withLateRequires(text, file) {
  const names = [...text.matchAll(REQUIRE)].map(([, name]) => name)
  const late = text.replace(REQUIRE, (_, name, value) => `let ${name}$; const ${name} = () => (${name}$ ??= ${value});`)
  const called = names.reduce(
    (all, name) => all.replace(new RegExp(`(?<![\\w$])${name}(?![\\w$]| = \\(\\) =>)`, 'g'), `(${name}())`),
    late,
  )
  if (file.endsWith('logger.js')) return withQuietDebug(called)
  if (file.endsWith('os.js')) return withoutWindows(called)
  if (file.endsWith('lib/main.js')) return withOneConfig(called, 'options', 'options ??')
  return file.endsWith('lib/command.js') ? withoutStream(withOneConfig(called, 'opts', 'opts ||')) : called
}

/** Of a package for Linux inside Windows only the question is needed whether this is one, and that only where it may be; the rest starts programs. */
function withoutWindows(text) {
  const may = `require(${JSON.stringify(path.join(root, 'src', 'inside-windows.ts'))}).mayBeInsideWindows()`
  return replaced(text, "(await import('wsl-utils')).isWsl", `(${may} && (await import('is-wsl')).default)`)
}

/** Without DEBUG nothing is ever printed, so that nothing has to be loaded for it. */
function withQuietDebug(text) {
  const loud = '(0, (debug_1()).default)(namespace)'
  return replaced(text, loud, `process.env.DEBUG ? ${loud} : () => undefined`)
}

/** What was loaded already would be loaded once more. */
function withOneConfig(text, name, otherwise) {
  const Config = '(config_1()).Config'
  return replaced(
    text,
    `await ${Config}.load(${otherwise}`,
    `${name} instanceof ${Config} ? ${name} : await ${Config}.load(${otherwise}`,
  )
}

/** What is said of a closed pipe is in src/standard-output.ts; saying it here makes the stream of every call. */
function withoutStream(text) {
  const before = "process.stdout.on('error', (err) => {"
  return replaced(text, before, 'const whenClosed = ((err) => {')
}

function replaced(text, before, after) {
  if (!text.includes(before)) throw new Error(`A file of oclif is not as expected: there is no ${before} in it.`)
  return text.replace(before, after)
}
