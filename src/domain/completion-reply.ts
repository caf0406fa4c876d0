import type {Candidate, DeclaredValue, Place} from './completion.ts'
import {type LiveFacts, valuesFor} from './completion-values.ts'
import {printable, shortened} from './text.ts'
import type {Shell, TypedLine} from './typed-line.ts'

const LONGEST_ABOUT = 100

/**
 * The lines that answer a shell: for zsh and fish a value, a tab and what it is about; for bash what takes the place of the last piece of the
 * word. What a shell completes better by itself is one line that begins with a colon.
 */
export function replyLines(shell: Shell, line: TypedLine, place: Place, facts: LiveFacts): string[] {
  if (place.kind === 'words') {
    const typed = place.candidates.filter(({value}) => value === '--' || isPlain(value.replace(/^--/, '')))
    return spelt(shell, line, typed)
  }
  const own = leftToTheShell(place.of)
  if (own !== undefined) return [own]
  const candidates = valuesFor(place.of, facts).filter(({value}) => isPlain(value))
  const led = candidates.map(({value, about}) => ({value: `${place.lead}${value}`, about}))
  return spelt(shell, line, led)
}

function leftToTheShell({completes}: DeclaredValue): string | undefined {
  if (completes === 'folder') return ':folders'
  if (completes === 'path') return ':files'
  return completes === 'command' ? ':command' : undefined
}

/** What no shell would have to quote. Anything else is not offered, for it comes from files that somebody else may have written. */
function isPlain(value: string): boolean {
  return /^@?[A-Za-z0-9][\w./-]*$/.test(value)
}

function spelt(shell: Shell, {current, standing}: TypedLine, candidates: readonly Candidate[]): string[] {
  if (shell !== 'bash') return candidates.map(({value, about}) => withAbout(value, about))
  const begun = candidates.filter(({value}) => value.toLowerCase().startsWith(current.toLowerCase()))
  return begun.map(({value}) => value.slice(standing))
}

function withAbout(value: string, about: string): string {
  const text = shortened(printable(about.trim()), LONGEST_ABOUT)
  return text === '' ? value : `${value}\t${text}`
}
