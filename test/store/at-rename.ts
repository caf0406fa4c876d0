import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'

/** Lets something happen at the very moment a file has taken its place; returns how to stop that. */
export function afterRename(happens: (to: string, count: number) => Promise<void> | void): () => void {
  const {rename} = fs.promises
  let count = 0
  fs.promises.rename = async (from, to) => {
    await rename(from, to)
    count += 1
    await happens(String(to), count)
  }
  syncBuiltinESMExports()
  return () => {
    fs.promises.rename = rename
    syncBuiltinESMExports()
  }
}
