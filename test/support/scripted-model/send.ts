import type {ServerResponse} from 'node:http'
import type {ResponseItem} from './respond.ts'
import type {Usage} from './script.ts'

const USAGE = {input: 1000, cached: 400, output: 50, reasoning: 10}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
}

export interface ResponseStream {
  answer(items: ResponseItem[], usage: Usage): void
  fail(error: {code: string; message: string}): void
}

/** Begins a response in the form Codex asks for, a stream of server-sent events. */
export function openStream(response: ServerResponse, id: string): ResponseStream {
  let sequence_number = 0
  const send = (type: string, fields: object) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({type, sequence_number, ...fields})}\n\n`)
    sequence_number += 1
  }
  response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-cache'})
  send('response.created', {response: {id, object: 'response', status: 'in_progress'}})
  return {
    answer(items, usage) {
      for (const [output_index, item] of items.entries()) sendItem(send, output_index, item)
      const end_turn = !items.some(({type}) => type.endsWith('_call'))
      const result = {id, object: 'response', status: 'completed', output: items, usage: tokens(usage), end_turn}
      send('response.completed', {response: result})
      response.end()
    },
    fail(error) {
      send('response.failed', {response: {id, status: 'failed', error}})
      response.end()
    },
  }
}

function sendItem(send: (type: string, fields: object) => void, output_index: number, item: ResponseItem): void {
  const spoken = Array.isArray(item.content) ? item.content : []
  send('response.output_item.added', {output_index, item: spoken.length > 0 ? {...item, content: []} : item})
  for (const [content_index, {text}] of spoken.entries()) {
    send('response.output_text.delta', {output_index, item_id: item.id, content_index, delta: text})
  }
  send('response.output_item.done', {output_index, item})
}

function tokens(usage: Usage): object {
  const {input, cached, output, reasoning} = {...USAGE, ...usage}
  return {
    input_tokens: input,
    input_tokens_details: {cached_tokens: cached},
    output_tokens: output,
    output_tokens_details: {reasoning_tokens: reasoning},
    total_tokens: input + output,
  }
}
