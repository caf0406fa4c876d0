// oclif's own files as they are published load at once all that they may need, such as help for a command that is not asked for any.

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
  return file.endsWith('lib/command.js') ? withOneConfig(called) : called
}

/** Of a package for Linux inside Windows only the question is needed whether this is one; the rest starts programs. */
function withoutWindows(text) {
  return replaced(text, "(await import('wsl-utils')).isWsl", "(await import('is-wsl')).default")
}

/** Without DEBUG nothing is ever printed, so that nothing has to be loaded for it. */
function withQuietDebug(text) {
  const loud = '(0, (debug_1()).default)(namespace)'
  return replaced(text, loud, `process.env.DEBUG ? ${loud} : () => undefined`)
}

/** A command is given the Config that found it, and would load it once more. */
function withOneConfig(text) {
  const Config = '(config_1()).Config'
  return replaced(
    text,
    `await ${Config}.load(opts ||`,
    `opts instanceof ${Config} ? opts : await ${Config}.load(opts ||`,
  )
}

function replaced(text, before, after) {
  if (!text.includes(before)) throw new Error(`A file of oclif is not as expected: there is no ${before} in it.`)
  return text.replace(before, after)
}
