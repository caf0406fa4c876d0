import {type ChildProcessByStdio, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'
import {expect} from 'chai'
import {execa} from 'execa'
import {codexProgram, makeCodexHome, makeScratchFolder} from './codex-home.ts'
import {readScript, type Step} from './scripted-model/script.ts'
import {type ScriptedModel, startScriptedModel} from './scripted-model/server.ts'
import {jsonIn} from './scripted-model/tool-output.ts'

const PLAIN = 'scripted-plain'
const CODE_MODE = 'gpt-6-sol'
const noteServer = path.join(import.meta.dirname, 'scripted-model', 'note-server.ts')
const program = path.join(import.meta.dirname, 'scripted-model', 'main.ts')

describe('the scripted model', () => {
  let scratch: string
  let repo: string
  let model: ScriptedModel

  before(async () => {
    scratch = makeScratchFolder('scripted-model')
    repo = path.join(scratch, 'repo')
    await execa('git', ['init', '--quiet', repo])
    writeFileSync(path.join(repo, 'AGENTS.md'), 'Be brief.\n')
    writeFileSync(path.join(repo, 'size.json'), '{\n  "size": [\n    7\n  ]\n}\n')
  })

  after(() => rmSync(scratch, {recursive: true, force: true}))

  afterEach(() => model.close())

  for (const modelName of [PLAIN, CODE_MODE]) {
    describe(`as ${modelName}`, () => {
      it('runs commands and MCP tools, and passes on what they gave', async () => {
        model = await startWith(
          {shell: 'echo "warning: [old] file {"; cat size.json; exit 3'},
          {reasoning: 'It has a size.', mcp: 'note-pad.create-note', args: {title: 'size', size: '{{last.size.0}}'}},
          {mcp: 'note-pad.create-note', args: {title: 'Copy of {{last.note.id}}', size: '{{last.note.size}}'}},
          {mcp: 'note-pad.describe', args: {title: '{{last.note.title}}'}},
          {mcp: 'note-pad.refuse', args: {title: '{{last.title}}', earlier: '{{out1}}'}},
          {text: '{{out0.size}} {{out1.note.id}} {{last}}'},
        )
        const {exitCode, items} = await codexExec('hello', {modelName})
        expect(model.problems).to.deep.equal([])
        expect(exitCode).to.equal(0)
        expect(items.filter(({type}) => type === 'mcp_tool_call').map(call => call.arguments)).to.deep.equal([
          {title: 'size', size: 7},
          {title: 'Copy of N-1', size: 3},
          {title: 'Copy of N-1'},
          {title: 'Copy of N-1', earlier: '{"note":{"id":"N-1","size":3,"title":"size"}}'},
        ])
        expect(items.at(-1)).to.include({
          type: 'agent_message',
          text: '[7] N-1 Two blocks\n{\n  "title": "Copy of N-1"\n}',
        })
      })

      it('makes several calls at once', async () => {
        model = await startWith(
          {parallel: [{shell: 'echo one'}, {mcp: 'note-pad.create-note', args: {title: 'two'}}]},
          {text: '{{out0}}and {{out1.note.title}}'},
        )
        const {items} = await codexExec('hello', {modelName})
        expect(items.at(-1)).to.include({text: 'one\nand two'})
      })

      it('knows who asked what from where', async () => {
        model = await startWith({text: 'Hello.'})
        const {events} = await codexExec('What is this?', {modelName})
        expect(model.requests).to.have.length(1)
        expect(model.requests[0]).to.include({
          n: 1,
          thread: events[0]?.thread_id,
          kind: 'turn',
          trigger: 'exec',
          model: modelName,
          prompt: 'What is this?',
          user: 'What is this?',
          cwd: repo,
          rule: 'default',
          turn: 0,
        })
      })

      it('reports a tool that was not offered and ends the turn', async () => {
        model = await startWith({mcp: 'note-pad.no-such-tool'}, {text: 'not reached'})
        const {exitCode, items} = await codexExec('hello', {modelName})
        expect(exitCode).to.equal(0)
        expect(items.at(-1)?.text).to.match(/^Scripted model: The scripted model was not offered mcp__note_pad/)
        expect(model.problems).to.have.length(1)
        expect(model.problems[0]).to.contain('mcp__note_pad').and.contain('no_such_tool')
      })

      it('reports a placeholder that finds nothing', async () => {
        model = await startWith({mcp: 'note-pad.create-note', args: {title: 'x'}}, {text: '{{last.note.colour}}'})
        await codexExec('hello', {modelName})
        expect(model.problems).to.deep.equal([
          'request 2 (rule default, turn 0): {{last.note.colour}} finds nothing in: {"note":{"id":"N-1","size":3,"title":"x"}}',
        ])
      })
    })
  }

  it('calls other function tools of a plain model', async () => {
    model = await startWith({tool: 'list_mcp_resources', args: {server: 'note-pad'}}, {text: '{{last}}'})
    const {items} = await codexExec('hello')
    expect(items.at(-1)?.text).to.contain('note-pad')
    expect(model.problems).to.deep.equal([])
  })

  it('calls function tools and runs code as a code-mode model', async () => {
    model = await startWith(
      {tool: 'request_user_input_async', args: {questions: [{title: 'Which colour?'}]}},
      {js: 'text({tools: ALL_TOOLS.map(({name}) => name).filter(name => name.includes("describe"))})'},
      {custom: 'exec', input: 'text("{{last.tools.0}}".toUpperCase())'},
      {text: '{{out0.accepted}} {{last}}'},
    )
    const {items} = await codexExec('hello', {modelName: CODE_MODE})
    expect(items.at(-1)).to.include({text: 'true MCP__NOTE_PAD__DESCRIBE'})
  })

  it('answers with an item as it is written', async () => {
    const content = [{type: 'output_text', text: 'From {{cwd}}'}]
    model = await startWith({item: {type: 'message', role: 'assistant', content}})
    expect(await say('hello', {thread: 'a', cwd: '/home'})).to.equal('From /home')
  })

  it('reports a turn that needs more steps than it has', async () => {
    model = await startWith({shell: 'true'})
    const {items} = await codexExec('hello')
    expect(items.at(-1)).to.include({text: 'Scripted model: no step is left'})
    expect(model.problems).to.deep.equal(['request 2 (rule default, turn 0): no step is left'])
  })

  it('holds an answer at a gate until the gate is released', async () => {
    model = await startScriptedModel({
      script: {
        rules: [{name: 'held', match: {prompt: 'wait'}, turns: [{steps: [{gate: 'door', text: 'through the door'}]}]}],
        turns: [{steps: [{text: 'no door here'}]}],
      },
    })
    let ended = false
    const held = codexExec('wait').finally(() => (ended = true))
    await model.waitFor(({rule}) => rule === 'held', 30_000)
    const other = await codexExec('hurry')
    expect(other.items.at(-1)).to.include({text: 'no door here'})
    expect(ended).to.equal(false)
    model.release('door')
    expect((await held).items.at(-1)).to.include({text: 'through the door'})
  })

  it('answers with an HTTP error', async () => {
    const body = {error: {type: 'usage_limit_reached', message: 'The limit is reached.'}}
    model = await startWith({httpError: {status: 429, body}})
    const {exitCode, events} = await codexExec('hello')
    expect(exitCode).to.equal(1)
    expect(events.at(-1)).to.deep.equal({
      type: 'turn.failed',
      error: {message: 'You’ve hit your usage limit. Try again later.'},
    })
  })

  it('answers with a failed response', async () => {
    model = await startWith({fail: {code: 'server_error', message: 'The model fell over.'}})
    const {exitCode, events} = await codexExec('hello')
    expect(exitCode).to.equal(1)
    expect(events.at(-1)).to.deep.equal({
      type: 'turn.failed',
      error: {message: 'stream disconnected before completion: The model fell over.'},
    })
  })

  it('cuts the connection', async () => {
    model = await startWith({drop: true})
    const {exitCode, events} = await codexExec('hello')
    expect(exitCode).to.equal(1)
    expect(JSON.stringify(events.at(-1))).to.contain('stream disconnected before completion')
  })

  it('gives each session the turns of its rule, in order or by what was said', async () => {
    model = await startScriptedModel({
      script: {
        rules: [
          {
            name: 'planner',
            match: {prompt: {regex: '^plan', flags: 'i'}},
            turns: [
              {steps: [{text: 'first'}]},
              {when: 'worker finished', repeat: true, steps: [{text: 'noted'}]},
              {steps: [{text: 'second'}]},
            ],
          },
          {name: 'worker', match: {cwd: '/trees/'}, turns: [{steps: [{text: 'working'}]}]},
        ],
        fallback: {text: 'nothing more'},
      },
    })
    expect(await say('Plan it', {thread: 'a'})).to.equal('first')
    expect(await say('Do it', {thread: 'b', cwd: '/home/trees/one'})).to.equal('working')
    expect(await say('a worker finished', {thread: 'a'})).to.equal('noted')
    expect(await say('go on', {thread: 'a'})).to.equal('second')
    expect(await say('a worker finished', {thread: 'a'})).to.equal('noted')
    expect(await say('go on', {thread: 'a'})).to.equal('nothing more')
    expect(model.problems).to.deep.equal([])
  })

  it('names a session without spending a step', async () => {
    model = await startWith({text: 'Hello.'})
    expect(await say('Generate a title', {thread: 'a', source: 'thread_title'})).to.equal('{"title":"Scripted title"}')
    expect(await say('hello', {thread: 'a'})).to.equal('Hello.')
  })

  it('ends a hanging answer after a while and reports it', async () => {
    model = await startScriptedModel({script: {turns: [{steps: [{hang: true}]}]}, holdLimitMs: 50})
    const ended = await say('hello', {thread: 'a'}).catch((error: unknown) => error)
    expect(ended).to.be.instanceOf(TypeError)
    expect(model.problems).to.deep.equal(['request 1: not answered within 50 ms'])
  })

  it('says what came instead of a request that was waited for', async () => {
    model = await startWith({text: 'Hello.'})
    await say('good morning', {thread: 'a'})
    const reason = await model.waitFor(({user}) => user === 'good evening', 50).catch((error: unknown) => error)
    expect(reason)
      .to.be.an('error')
      .with.property('message')
      .that.equals(
        'No such request came in 50 ms.\nrequest 1 (rule default, turn 0): {"text":"Hello."} to: good morning',
      )
  })

  it('starts over with a new script', async () => {
    model = await startWith({gate: 'door', text: 'old'})
    model.release('door')
    expect(await say('hello', {thread: 'a'})).to.equal('old')
    model.setScript({turns: [{steps: [{text: 'new'}]}]})
    expect(await say('hello again', {thread: 'a'})).to.equal('new')
  })

  async function startWith(...steps: Step[]): Promise<ScriptedModel> {
    return startScriptedModel({script: {turns: [{steps}]}})
  }

  async function codexExec(prompt: string, {modelName = PLAIN} = {}) {
    const folder = mkdtempSync(path.join(scratch, 'home-'))
    const {env} = makeCodexHome({folder, baseUrl: model.baseUrl, model: modelName})
    // Codex waits a second for a tool server that it does not have to have, and goes on without its tools.
    const patience = 'required=true,startup_timeout_sec=60'
    const notePad = `{command="${process.execPath}",args=["${noteServer}"],default_tools_approval_mode="approve",${patience}}`
    return runCodexExec(env, ['-C', repo, '-s', 'danger-full-access', '-c', `mcp_servers.note-pad=${notePad}`, prompt])
  }

  async function say(
    user: string,
    {thread, cwd = '/', source = 'user'}: {thread: string; cwd?: string; source?: string},
  ) {
    const context = `<environment_context>\n  <cwd>${cwd}</cwd>\n</environment_context>`
    const metadata = {thread_id: thread, turn_id: `turn ${model.requests.length}`, thread_source: source}
    const response = await fetch(`${model.baseUrl}/responses`, {
      method: 'POST',
      headers: {'x-codex-turn-metadata': JSON.stringify(metadata)},
      body: JSON.stringify({
        model: PLAIN,
        input: [context, user].map(text => ({type: 'message', role: 'user', content: [{type: 'input_text', text}]})),
      }),
    })
    const completed = (await response.text()).split('data: ').at(-1) ?? ''
    return JSON.parse(completed).response.output[0].content[0].text
  }
})

describe('a throw-away Codex home', () => {
  let folder: string

  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  it('is closed to others', () => {
    folder = makeScratchFolder('codex-home')
    const home = makeCodexHome({folder: path.join(folder, 'home'), baseUrl: 'http://127.0.0.1:9/v1', model: PLAIN})
    expect(statSync(home.path).mode & 0o777).to.equal(0o700)
  })

  for (const [place, makeFolder] of [
    ['in the checkout', () => makeScratchFolder('codex-home')],
    ['in the temporary folder', () => mkdtempSync(path.join(tmpdir(), 'codex-home-'))],
  ] as const) {
    it(`${place} gives no warning, and trusts a folder only when asked to`, async () => {
      folder = makeFolder()
      const project = path.join(folder, 'a "quoted" project')
      await execa('git', ['init', '--quiet', project])
      mkdirSync(path.join(project, '.codex'))
      // Codex reads this only in a folder it trusts.
      writeFileSync(path.join(project, '.codex', 'config.toml'), 'developer_instructions = "Words of the project."\n')
      const model = await startScriptedModel({script: {turns: [{steps: [{text: 'Hello.'}]}]}})
      const options = {folder: path.join(folder, 'home'), baseUrl: model.baseUrl, model: PLAIN}
      try {
        await runCodexExec(makeCodexHome(options).env, ['-C', project, 'hello'])
        const {env} = makeCodexHome({...options, trusted: [project]})
        const {stderr} = await runCodexExec(env, ['-C', project, 'hello'])
        expect(stderr).to.equal('Reading additional input from stdin...')
        expect(
          model.requests.map(({body}) => JSON.stringify(body.input).includes('Words of the project.')),
        ).to.deep.equal([false, true])
      } finally {
        await model.close()
      }
    })
  }
})

describe('the scripted model as a program', () => {
  let folder: string
  let child: ChildProcessByStdio<null, Readable, null>

  afterEach(() => {
    child.kill('SIGKILL')
    rmSync(folder, {recursive: true})
  })

  it('is driven over HTTP and ends at SIGTERM', async () => {
    folder = makeScratchFolder('scripted-program')
    const [file, log] = [path.join(folder, 'script.json'), path.join(folder, 'log')]
    writeFileSync(file, '{"turns": [{"steps": [{"gate": "door", "text": "Hello."}]}]}')
    child = spawn(process.execPath, [program, '--script', file, '--log', log], {stdio: ['ignore', 'pipe', 'inherit']})
    const [line] = await once(createInterface(child.stdout), 'line')
    const {port, base_url, pid} = JSON.parse(line)
    expect({base_url, pid}).to.deep.equal({base_url: `http://127.0.0.1:${port}/v1`, pid: child.pid})

    const control = async (method: string, route: string, body?: string) =>
      (await fetch(`http://127.0.0.1:${port}/control/${route}`, {method, body})).json()
    const ask = () => fetch(`${base_url}/responses`, {method: 'POST', body: '{"model": "any", "input": []}'})
    const answer = ask()
    expect(await control('GET', 'wait?count=1&timeout=20000')).to.deep.equal({count: 1})
    expect(await control('POST', 'release/door')).to.deep.equal({released: 'door'})
    expect(await (await answer).text()).to.contain('"delta":"Hello."')

    expect(await control('POST', 'script', '{"turns": []}')).to.deep.equal({})
    await ask()
    expect(await control('GET', 'requests')).to.have.length(2)
    expect(await control('GET', 'problems')).to.deep.equal([
      'request 2 (rule default, turn none): no turn is left for: ',
    ])
    expect(readFileSync(log, 'utf8').trim().split('\n')).to.have.length(3)

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).to.deep.equal([0, null])
  })
})

describe('a script', () => {
  it('is refused when a step names two actions', () => {
    const script = {rules: [{name: 'planner', turns: [{steps: [{text: 'a'}, {text: 'b', shell: 'c'}]}]}]}
    expect(() => readScript(script)).to.throw('rules.0.turns.0.steps.1 is not a step: {"text":"b","shell":"c"}')
  })
})

describe('JSON in the output of a tool', () => {
  const cases: [string, unknown][] = [
    ['{"a": 1}', {a: 1}],
    ['two lines before\nwarning: {x} [y]\n[1, 2]\nand after', [1, 2]],
    ['[warn] not this\n[\n  {\n    "a": "}"\n  }\n]\nafter', [{a: '}'}]],
    ['{\n{"a": 1}', {a: 1}],
    ['{ not closed\n', undefined],
    ['no JSON', undefined],
  ]
  for (const [text, value] of cases) {
    it(`is ${JSON.stringify(value)} in ${JSON.stringify(text)}`, () => expect(jsonIn(text)).to.deep.equal(value))
  }
})

interface Item {
  type: string
  text?: string
  arguments?: unknown
}

interface Event {
  type: string
  thread_id?: string
  item?: Item
}

async function runCodexExec(env: Record<string, string>, args: string[]) {
  const {exitCode, stdout, stderr} = await execa(codexProgram(), ['exec', '--json', ...args], {
    env,
    stdin: 'ignore',
    reject: false,
    timeout: 50_000,
  })
  const events: Event[] = stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  const items = events.flatMap(({type, item}) => (type === 'item.completed' && item ? [item] : []))
  return {exitCode, events, items, stderr}
}
