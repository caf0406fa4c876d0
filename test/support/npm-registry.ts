import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {readFile} from 'node:fs/promises'
import {createServer} from 'node:http'

/** A registry on the loopback address that has one package in one version. */
export async function npmRegistry({name, version, tarball}: {name: string; version: string; tarball: string}) {
  const content = await readFile(tarball)
  const server = createServer((request, response) => {
    if (request.url === `/${name}.tgz`) response.end(content)
    else if (request.url === `/${name}`) response.end(JSON.stringify(packument()))
    else response.writeHead(404).end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port.')
  const url = `http://127.0.0.1:${address.port}/`

  function packument() {
    const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
    const dist = {tarball: `${url}${name}.tgz`, integrity}
    return {name, 'dist-tags': {latest: version}, versions: {[version]: {name, version, dist}}}
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
