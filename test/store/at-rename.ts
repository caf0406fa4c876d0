import fs from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'

/** Lets something happen at the very moment a file has taken its place; returns how to stop that. */
export function afterRename(happens: (to: string) => void): () => void {
  const {renameSync} = fs
  const {rename} = fs.promises
  fs.renameSync = (from, to) => {
    renameSync(from, to)
    happens(String(to))
  }
  fs.promises.rename = async (from, to) => {
    await rename(from, to)
    happens(String(to))
  }
  syncBuiltinESMExports()
  return () => {
    fs.renameSync = renameSync
    fs.promises.rename = rename
    syncBuiltinESMExports()
  }
}
