import {fileURLToPath} from 'node:url'

/** How to call this program again from anywhere: an absolute Node and an absolute script, since PATH may name neither. */
export function selfCommand(): [string, string] {
  return [process.execPath, fileURLToPath(new URL('../../bin/run.js', import.meta.url))]
}
