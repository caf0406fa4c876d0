import {PlannerError} from './domain/errors.ts'

interface Flag {
  type: 'boolean' | 'option'
}

/**
 * Refuses a value for a flag that takes none. oclif takes `--force=no` for `--force` and, beside it, a word `no`: the opposite of what was
 * meant, or the title of a task.
 * @throws PlannerError INVALID_ARGUMENT
 */
export function requireBareSwitches(argv: readonly string[], flags: Readonly<Record<string, Flag>>): void {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? ''
    if (word === '--') return
    const [, name = '', value] = /^--([a-z][a-z-]*)(=[^]*)?$/.exec(word) ?? []
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (flag?.type === 'boolean' && value !== undefined) {
      throw new PlannerError('INVALID_ARGUMENT', `--${name} takes no value: give it, or leave it out.`)
    }
    // The next word is its value, whatever it looks like.
    if (flag?.type === 'option' && value === undefined) at += 1
  }
}
