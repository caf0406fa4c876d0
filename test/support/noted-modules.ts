const RUNS_ONE = /\b(fn|cb)\[__getOwnPropNames\(\1\)\[0\]\]/g

/**
 * The text of a part, which then writes the names of the modules it has run to the file `NOTES`, a line each, when its process ends; and those of what
 * Node has loaded of its own, as `process.moduleLoadList` has them.
 */
export function notingModules(text: string): string {
  const noting = text.replaceAll(RUNS_ONE, '$1[__note(__getOwnPropNames($1)[0])]')
  return `const __noted = []; const __note = name => (__noted.push(name), name);
    process.on('exit', () => process.env.NOTES && require('node:fs').appendFileSync(process.env.NOTES, [...__noted, ...process.moduleLoadList].map(name => name + '\\n').join('')));
    ${noting}`
}
