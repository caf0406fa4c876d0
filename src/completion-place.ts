import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'

import {declarationOf, firstLine} from './completion-declaration.ts'
import {withDefaultCommand} from './default-command.ts'
import {type CommandName, givenValue, nextWords, type Place, placeIn} from './domain/completion.ts'
import type {TypedLine} from './domain/typed-line.ts'

/** What can stand at the cursor, and the repository that the line itself names. */
export interface Asked {
  place: Place
  folder?: string | undefined
}

export function askedBy({before, current}: TypedLine, config: Config): Asked {
  const isFlag = current.startsWith('-')
  const names = commandNames(config)
  if (before.length === 0 && !isFlag) return {place: {kind: 'words', candidates: nextWords([], names)}}
  if (before[0] === 'help' && !isFlag) {
    return {place: {kind: 'words', candidates: nextWords(before.slice(1), names)}}
  }
  const words = before[0] === 'help' ? [...before] : withDefaultCommand(before)
  const subcommands = isFlag ? [] : nextWords(words, names)
  if (subcommands.length > 0) return {place: {kind: 'words', candidates: subcommands}}
  const found = commandOf(config, words)
  if (!found) return {place: {kind: 'words', candidates: []}}
  const declared = declarationOf(config, found.command)
  const place = placeIn(declared, found.rest, current)
  if (before.length === 0 && place.kind === 'words' && !current.includes('=')) {
    return {place: {kind: 'words', candidates: [...place.candidates, VERSION]}}
  }
  return {place, folder: givenValue(declared, found.rest, 'repo-path')}
}

/** Stands only in the place of a command. */
const VERSION = {value: '--version', about: 'Which version this is.'}

/** Every command that a person can see, as it is typed. */
function commandNames(config: Config): CommandName[] {
  return (
    config.commands
      .filter(({id, hidden, aliases, hiddenAliases}) => !hidden && !aliases.includes(id) && !hiddenAliases.includes(id))
      // Comparing by a language loads its rules, which takes longer than everything else here.
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map(({id, summary, description = ''}) => ({
        words: id.split(':'),
        about: firstLine(config, config.topics.find(({name}) => name === id)?.description ?? summary ?? description),
      }))
  )
}

/** The command that a line begins with, and the words behind its name. */
function commandOf(config: Config, words: readonly string[]): {command: Command.Loadable; rest: string[]} | undefined {
  const named = words.findIndex(word => word.startsWith('-'))
  for (let count = named < 0 ? words.length : named; count > 0; count -= 1) {
    const command = config.findCommand(words.slice(0, count).join(':'))
    if (command) return {command, rest: words.slice(count)}
  }
  return undefined
}
