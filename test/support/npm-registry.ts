import {execFile} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import path from 'node:path'
import {promisify} from 'node:util'

import {checkout} from '../commands/machine.ts'

/** One version of a package. */
export interface Published {
  /** Its `package.json`, of which npm reads what else it needs. */
  about: {name: string; version: string}
  tarball: () => Promise<Buffer>
}

/** A registry on the loopback address that has these packages and no other. */
export async function npmRegistry(packages: readonly Published[]) {
  const server = createServer((request, response) => {
    answer(decodeURIComponent(request.url ?? '')).then(
      found => (found === undefined ? response.writeHead(404).end('{}') : response.end(found)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port.')
  const url = `http://127.0.0.1:${address.port}/`
  const place = ({name, version}: Published['about']) => `/${name}/-/${version}.tgz`

  async function answer(asked: string): Promise<string | Buffer | undefined> {
    const file = packages.find(({about}) => place(about) === asked)
    if (file) return file.tarball()
    const known = packages.filter(({about}) => `/${about.name}` === asked).map(({about}) => about)
    if (known.length === 0) return undefined
    const versions = known.map(about => [about.version, {...about, dist: {tarball: new URL(place(about), url)}}])
    return JSON.stringify({
      name: known[0]?.name,
      'dist-tags': {latest: known[0]?.version},
      versions: Object.fromEntries(versions),
    })
  }

  return {
    url,
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A package as `npm pack` made it. */
export function published(about: Published['about'], file: string): Published {
  return {about, tarball: () => readFile(file)}
}

interface Locked {
  dev?: true
  inBundle?: true
  link?: true
}

/** What is installed with the program, as far as it is in this checkout, too. */
export function installedPackages(): Published[] {
  const {packages} = readJson('package-lock.json') as {packages: Record<string, Locked>}
  return Object.entries(packages)
    .filter(([folder, {dev, inBundle, link}]) => folder.startsWith('node_modules/') && !(dev || inBundle || link))
    .filter(([folder]) => existsSync(path.join(checkout, folder, 'package.json')))
    .map(([folder]) => {
      const bundles = Object.entries(packages).some(([name, {inBundle}]) => inBundle && name.startsWith(`${folder}/`))
      return {about: readJson(folder, 'package.json') as Published['about'], tarball: () => rolled(folder, bundles)}
    })
}

function readJson(...names: string[]): unknown {
  return JSON.parse(readFileSync(path.join(checkout, ...names), 'utf8'))
}

/** What npm put into a folder, as it would be fetched. What is below `node_modules` came by itself, unless the package bundles it. */
async function rolled(folder: string, bundles: boolean): Promise<Buffer> {
  const {dir, base} = path.parse(path.join(checkout, folder))
  const apart = bundles ? [] : [`--exclude=${base}/node_modules`]
  const {stdout} = await promisify(execFile)('tar', ['-c', '--anchored', ...apart, '-C', dir, base], {
    encoding: 'buffer',
    maxBuffer: 2 ** 28,
  })
  return stdout
}
