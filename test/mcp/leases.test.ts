import type {Client} from '@modelcontextprotocol/sdk/client/index.js'
import {expect} from 'chai'

import {type Machine, makeMachine, program} from '../commands/machine.ts'
import {clientOfProcess} from '../support/mcp-client.ts'

interface Answer {
  isError?: true
  structuredContent: {
    granted?: boolean
    queue_position?: number
    lease?: {id: string; session: string}
    leases?: {session: string}[]
    queue?: {session: string}[]
    error?: {code: string; message: string; suggestions: string[]; retryable: boolean}
    heavy?: {held: number; allowed: boolean}
  }
}

describe('leases as tools', () => {
  let machine: Machine
  let root: string
  const clients: Client[] = []

  beforeEach(async () => {
    machine = await makeMachine()
    machine.env.CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES = '1'
    root = await machine.repository('shop')
    await machine.json(['init'], {cwd: root})
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
    await machine.close()
  })

  async function serving(role: string, session: string): Promise<(tool: string, input?: object) => Promise<Answer>> {
    const argv = [process.execPath, program, 'serve-mcp', '--role', role, '--session', session, '--repo-path', root]
    const client = await clientOfProcess(argv, {cwd: root, env: machine.env as Record<string, string>})
    clients.push(client)
    return async (name, input = {}) =>
      (await client.callTool({name, arguments: {...input}})) as unknown as Promise<Answer>
  }

  it('grant, queue and release for two workers, and a denial is an answer and no error', async () => {
    const [one, two] = [await serving('worker', 'worker-task-001'), await serving('worker', 'worker-task-002')]
    const first = await one('acquire_lease', {session_name: 'worker-task-001', purpose: 'npm test'})
    expect(first.structuredContent.granted).to.equal(true)
    const ask = {session_name: 'worker-task-002', purpose: 'npm test'}
    const denied = await two('acquire_lease', ask)
    expect(denied.isError).to.equal(undefined)
    expect(denied.structuredContent).to.deep.equal({
      granted: false,
      queue_position: 1,
      retry_after_seconds: 30,
      expected_wait_seconds: null,
      reason: 'The one heavy lease of this host is held.',
    })
    // The server goes on, with whatever code that answer has in a shell.
    expect((await two('resources')).structuredContent.heavy).to.include({held: 1, allowed: false})
    const {leases, queue} = (await two('list_leases')).structuredContent
    expect([leases?.map(({session}) => session), queue?.map(({session}) => session)]).to.deep.equal([
      ['worker-task-001'],
      ['worker-task-002'],
    ])
    const lease_id = first.structuredContent.lease?.id
    expect((await one('release_lease', {lease_id})).structuredContent.lease).to.include({
      id: lease_id,
      reason: 'released',
    })
    expect((await one('release_lease', {lease_id})).isError).to.equal(undefined)
    expect((await two('acquire_lease', ask)).structuredContent.lease).to.include({session: 'worker-task-002'})
  })

  it('hold each session to its own name and leases', async () => {
    const [worker, planner] = [await serving('worker', 'worker-task-001'), await serving('planner', 'planner')]
    const own = await planner('acquire_lease', {session_name: 'planner', purpose: 'build'})
    const lease_id = own.structuredContent.lease?.id
    for (const [call, tool, input] of [
      [worker, 'acquire_lease', {session_name: 'planner', purpose: 'build'}],
      [planner, 'acquire_lease', {session_name: 'worker-task-001', purpose: 'build'}],
      [worker, 'release_lease', {lease_id}],
    ] as const) {
      const {isError, structuredContent} = await call(tool, input)
      expect([isError, structuredContent.error?.code]).to.deep.equal([true, 'NOT_OWNER'])
    }
    expect((await worker('list_leases')).structuredContent.leases).to.have.length(1)
  })

  it('are for an observer to look at only', async () => {
    const observer = await serving('observer', 'planner')
    const {isError, structuredContent} = await observer('acquire_lease', {session_name: 'planner', purpose: 'build'})
    expect([isError, structuredContent.error?.code]).to.deep.equal([true, 'ROLE_FORBIDDEN'])
    expect((await observer('release_lease', {lease_id: 'HEAVY-1234abcd'})).structuredContent.error?.code).to.equal(
      'ROLE_FORBIDDEN',
    )
    expect((await observer('list_leases')).structuredContent).to.deep.equal({leases: [], queue: [], next_cursor: null})
    expect((await observer('resources')).structuredContent.heavy).to.include({held: 0, allowed: true})
  })

  const wrong: [what: string, tool: string, input: object, message: string][] = [
    [
      'a purpose of half a mebibyte',
      'acquire_lease',
      {session_name: 'planner', purpose: 'x'.repeat(2 ** 19)},
      '`purpose` must be text of at most 65536 characters.',
    ],
    [
      'a purpose of 201 characters',
      'acquire_lease',
      {session_name: 'planner', purpose: 'x'.repeat(201)},
      'purpose has 201 characters; at most 200 are kept.',
    ],
    ['an empty purpose', 'acquire_lease', {session_name: 'planner', purpose: ''}, 'purpose is empty.'],
    [
      'a purpose with a control character',
      'acquire_lease',
      {session_name: 'planner', purpose: 'a\u0000b'},
      'purpose holds a character that is not text (NUL or half of a pair).',
    ],
    [
      'no purpose',
      'acquire_lease',
      {session_name: 'planner'},
      '`purpose` is missing: text of at most 65536 characters.',
    ],
    [
      'a session that is none',
      'acquire_lease',
      {session_name: 'x; rm -rf /', purpose: 'x'},
      'A lease is held by planner, by a worker such as worker-task-001, or by operator, who is you in your own shell.',
    ],
    [
      'an id of another form',
      'release_lease',
      {lease_id: 'HEAVY-1'},
      'A lease is called HEAVY-1234abcd: eight digits or letters a to f.',
    ],
    ['an id that is no text', 'release_lease', {lease_id: 7}, '`lease_id` must be text of at most 65536 characters.'],
  ]
  it('refuse what is not in their words, with a sentence', async () => {
    const planner = await serving('planner', 'planner')
    for (const [what, tool, input, message] of wrong) {
      const {isError, structuredContent} = await planner(tool, input)
      expect([isError, structuredContent.error?.code, structuredContent.error?.message], what).to.deep.equal([
        true,
        'INVALID_ARGUMENT',
        message,
      ])
    }
    const unknown = await planner('release_lease', {lease_id: 'HEAVY-00000000'})
    expect(unknown.structuredContent.error).to.deep.equal({
      code: 'LEASE_NOT_FOUND',
      message: 'There is no lease HEAVY-00000000 on this host.',
      suggestions: ['list_leases'],
      retryable: false,
    })
  })

  it('are listed within what an answer may take, page by page', async () => {
    machine.env.CODEX_ORCHESTRATOR_MAX_HEAVY_LEASES = '100'
    const planner = await serving('planner', 'planner')
    for (let number = 0; number < 30; number += 1) {
      const purpose = `${number} ${'x'.repeat(190)}`
      expect((await planner('acquire_lease', {session_name: 'planner', purpose})).structuredContent.granted).to.equal(
        true,
      )
    }
    let seen = 0
    let input = {}
    for (let page = 0; page < 10; page += 1) {
      const {structuredContent} = await planner('list_leases', input)
      expect(JSON.stringify(structuredContent).length).to.be.below(8192)
      seen += structuredContent.leases?.length ?? 0
      const {next_cursor: cursor} = structuredContent as {next_cursor?: string | null}
      if (cursor == null) break
      input = {cursor}
    }
    expect(seen).to.equal(30)
  })
})
