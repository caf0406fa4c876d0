import {once} from 'node:events'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import {text} from 'node:stream/consumers'
import {ScriptedModel, type ScriptedModelOptions, summary} from './model.ts'
import {readRequest} from './request.ts'
import {sendJson} from './send.ts'

export type {RecordedRequest, ScriptedModel, ScriptedModelOptions} from './model.ts'

/** Starts a model on a free port of the loopback address. */
export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server has no port.')
  const model = new ScriptedModel(server, address.port, options)
  server.on('request', (request, response) => void serve(model, request, response))
  return model
}

async function serve(model: ScriptedModel, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {pathname, searchParams} = new URL(request.url ?? '/', model.baseUrl)
  const route = `${request.method} ${pathname}`
  try {
    const body = await text(request)
    if (route === 'POST /v1/responses') await model.respond(readRequest(request.headers, JSON.parse(body)), response)
    else if (route === 'GET /v1/models') sendJson(response, 200, {object: 'list', data: [], models: []})
    else await control(model, route, searchParams, body, response)
  } catch (error) {
    if (response.destroyed) return
    const message = error instanceof Error ? error.message : String(error)
    if (!pathname.startsWith('/control/')) model.report(`${route}: ${message}`)
    if (response.headersSent) response.destroy()
    else sendJson(response, 500, {error: {message}})
  }
}

// What the methods of ScriptedModel do, for a test in another process.
async function control(
  model: ScriptedModel,
  route: string,
  query: URLSearchParams,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const gate = /^POST \/control\/release\/(.+)$/.exec(route)?.[1]
  if (gate !== undefined) {
    model.release(decodeURIComponent(gate))
    sendJson(response, 200, {released: gate})
  } else if (route === 'POST /control/script') {
    model.setScript(JSON.parse(body))
    sendJson(response, 200, {})
  } else if (route === 'GET /control/requests') {
    sendJson(response, 200, model.requests.map(summary))
  } else if (route === 'GET /control/problems') {
    sendJson(response, 200, model.problems)
  } else if (route === 'GET /control/wait') {
    const count = Number(query.get('count') ?? 1)
    await model.waitFor(({n}) => n >= count, Number(query.get('timeout') ?? 30_000))
    sendJson(response, 200, {count: model.requests.length})
  } else {
    sendJson(response, 404, {error: {message: `There is no ${route}.`}})
  }
}
