import {spawn} from 'node:child_process'

/** Stands where Codex would: starts a tool server, has it change the board, and says the server's pid when that was answered. */
const [command = '', ...args] = process.argv.slice(2)
const server = spawn(command, args, {stdio: ['pipe', 'pipe', 'inherit']})
const call = (id: number, method: string, params: object) =>
  server.stdin.write(`${JSON.stringify({jsonrpc: '2.0', id, method, params})}\n`)
call(1, 'initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: {name: 'parent', version: '1'},
})
call(2, 'tools/call', {name: 'create_task', arguments: {title: 'Before the end'}})
let answers = ''
server.stdout.setEncoding('utf8').on('data', text => {
  answers += text
  if (!answers.includes('"id":2')) return
  answers = ''
  process.stdout.write(`${server.pid}\n`)
})
