import type {Completes} from './domain/completion.ts'

/** Goes among the other options of an argument or flag: what a shell can offer for it. */
export function offering(completes: Completes): {completes: Completes} {
  return {completes}
}
