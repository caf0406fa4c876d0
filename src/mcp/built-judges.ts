import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import type {ValidateFunction} from 'ajv'

/** By the name of each tool that comes with the program, what Ajv made of its schema when the program was built. */
export type BuiltJudges = Readonly<Record<string, ValidateFunction>>

/** None for a program of another build that serves its commands as tools. @param root the folder of its package */
export function builtJudges(root: string): BuiltJudges {
  const file = path.join(root, 'dist', 'bundle', 'late', 'judges.cjs')
  return existsSync(file) ? (createRequire(file)(file) as BuiltJudges) : {}
}
