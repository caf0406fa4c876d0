// Writes the reference of the commands from their own help: a list in README.md, every page in docs/commands.md. Run after a build; with
// --check it writes nothing and ends with 1 when either is not what the help says.
import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

import {Config} from '@oclif/core'

import program from '../dist/bundle/codex-planner.cjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const BEGIN = '<!-- commands: written by npm run build -->'
const END = '<!-- end of commands -->'

const {inGroups, help: PlannerHelp} = program
const config = await Config.load({root, userPlugins: false})
const help = new PlannerHelp(config, {maxWidth: 80, stripAnsi: true})
const groups = inGroups(help.rootCommands())

const readme = readFileSync(path.join(root, 'README.md'), 'utf8')
const [before, rest] = splitAt(readme, BEGIN)
const [, after] = splitAt(rest, END)
const wanted = {
  'README.md': `${before}${BEGIN}\n\n${groups.map(groupTable).join('\n\n')}\n\n${END}${after}`,
  'docs/commands.md': await pages(),
}

const stale = Object.entries(wanted).filter(([file, text]) => current(file) !== text)
if (process.argv.includes('--check')) {
  for (const [file] of stale)
    console.error(`${file} is not what the help of the commands says. Try this: npm run build`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [file, text] of stale) writeFileSync(path.join(root, file), text)
}

function splitAt(text, mark) {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`README.md has no line ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

function current(file) {
  try {
    return readFileSync(path.join(root, file), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function groupTable({title, commands}) {
  const rows = commands.map(({id, summary}) => [`[\`${withArguments(id)}\`](docs/commands.md#${id})`, cell(summary)])
  const all = [['Command', 'What it does'], ...rows]
  const [left, right] = [0, 1].map(column => Math.max(...all.map(row => row[column].length)))
  const line = row => `| ${row[0].padEnd(left)} | ${row[1].padEnd(right)} |`
  const [head, ...body] = all.map(line)
  return [`**${title}**`, '', head, `| ${'-'.repeat(left)} | ${'-'.repeat(right)} |`, ...body].join('\n')
}

function withArguments(id) {
  const names = Object.values(config.findCommand(id).args).map(({name, required}) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  )
  return [id, ...names].join(' ')
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

async function pages() {
  const parts = [
    '# Commands',
    'These are the pages of `codex-planner help COMMAND`. They are written by `npm run build`.',
  ]
  for (const {title, commands} of groups) {
    parts.push(`## ${title}`)
    for (const {id} of commands) parts.push(`### ${id}`, `\`\`\`text\n${await page(id)}\n\`\`\``)
  }
  return `${parts.join('\n\n')}\n`
}

/** What `help` prints, line by line. */
async function page(id) {
  const lines = []
  help.log = (...printed) => lines.push(...printed)
  // The page of a command changes what it is given.
  await help.showCommandHelp({...config.findCommand(id)})
  return lines.join('\n').trim()
}
