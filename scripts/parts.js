// The files that are made of what is ours and of oclif: who asks for a short call reads the first of them alone. What is in which is measured; see
// scripts/measure-parts.js.
import {readFileSync} from 'node:fs'
import path from 'node:path'

export const PARTS = ['codex-planner', 'help', 'rest']

/** Which modules run in the calls that should be short, and which others in those for help; all else is in the last part. */
const {first, help} = JSON.parse(readFileSync(new URL('parts.json', import.meta.url), 'utf8'))
const places = new Map([...first.map(module => [module, 'codex-planner']), ...help.map(module => [module, 'help'])])

/**
 * What esbuild makes of each part: they ask each other for modules, so they are built until nobody asks for one more.
 * @param build of a part, for the modules that others ask it for; notes with `ask(part, module)` what it asks others for
 */
export async function builtParts(build) {
  const asked = new Map(PARTS.map(part => [part, new Set()]))
  const count = () => [...asked.values()].reduce((sum, modules) => sum + modules.size, 0)
  for (;;) {
    const before = count()
    const built = []
    for (const part of PARTS)
      built.push(await build(part, inOrder(asked.get(part)), (other, module) => asked.get(other).add(module)))
    if (count() === before) return built
  }
}

/** Takes what is in another part from there, when it is asked for. */
export function fromOtherParts(root, part, ask) {
  return {
    name: 'from-other-parts',
    setup({onResolve, onLoad, resolve}) {
      onResolve({filter: /.*/}, async ({path: name, pluginData, ...place}) => {
        if (pluginData === 'asked' || !['', 'file'].includes(place.namespace)) return undefined
        const found = await resolve(name, {...place, pluginData: 'asked'})
        if (found.external || found.namespace !== 'file' || found.errors.length > 0) return found
        const module = path.relative(root, found.path)
        const other = places.get(module) ?? 'rest'
        if (other === part) return found
        ask(other, module)
        return {path: module, namespace: 'other-part', pluginData: other}
      })
      onLoad({filter: /.*/, namespace: 'other-part'}, ({path: module, pluginData: other}) => ({
        contents: `module.exports = require('./${other}.cjs').modules['${module}']`,
      }))
    },
  }
}

/** Each module when it is asked for. */
export function given(modules) {
  return `{${modules.map(module => `get '${module}'() { return require('./${module}') }`).join()}}`
}

/** The same text on every machine. */
export function inOrder(modules) {
  return [...modules].toSorted((one, other) => (one < other ? -1 : 1))
}
