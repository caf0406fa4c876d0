import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {PlannerError} from '../../src/domain/errors.ts'
import {
  codexHome,
  conversationFile,
  conversationFiles,
  conversationTail,
  openCodex,
  ownNotify,
} from '../../src/system/codex.ts'

let folder: string
let made = 0

function aHome(files: Record<string, string> = {}): string {
  made += 1
  const home = path.join(folder, String(made))
  mkdirSync(home)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(home, name)), {recursive: true})
    writeFileSync(path.join(home, name), text)
  }
  return home
}

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'codex-'))
})

after(() => rmSync(folder, {recursive: true, force: true}))

describe("Codex's own folder", () => {
  const TABLE: [env: Record<string, string>, home: string][] = [
    [{CODEX_HOME: '/srv/codex', HOME: '/home/me'}, '/srv/codex'],
    [{CODEX_HOME: '', HOME: '/home/me'}, '/home/me/.codex'],
    [{HOME: '/home/me'}, '/home/me/.codex'],
    [{CODEX_HOME: 'here'}, path.resolve('here')],
  ]
  for (const [env, home] of TABLE)
    it(`is ${home} for ${JSON.stringify(env)}`, () => expect(codexHome(env)).to.equal(home))
})

describe('the record of a conversation', () => {
  // An id begins with its time: noon of a day, wherever Codex runs.
  const noon = new Date(2026, 0, 31, 12)
  const id = idAt(noon)
  const rollout = (day: string, conversation = id) =>
    `sessions/2026/${day}/rollout-2026-01-31T12-00-00-${conversation}.jsonl`

  function idAt(time: Date, tail = '000000000001'): string {
    const hex = time.getTime().toString(16).padStart(12, '0')
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-${tail}`
  }

  for (const day of ['01/31', '01/30', '02/01']) {
    it(`is found below the day ${day}, at or beside its birth, in whatever zone Codex ran`, async () => {
      const home = aHome({[rollout(day)]: '', [rollout(day, idAt(noon, '000000000002'))]: ''})
      expect(await conversationFile(home, id)).to.equal(path.join(home, rollout(day)))
    })
  }

  it('is found for many at once, each at its own day, and left out where there is none', async () => {
    const [later, missing] = [idAt(new Date(2026, 1, 3, 12), '000000000003'), idAt(noon, '000000000004')]
    const home = aHome({
      [rollout('01/31')]: '',
      [rollout('02/03', later)]: '',
      [rollout('01/31', idAt(noon, '000000000002'))]: '',
    })
    expect(await conversationFiles(home, [later, missing, 'x', id])).to.deep.equal(
      new Map([
        [later, path.join(home, rollout('02/03', later))],
        [id, path.join(home, rollout('01/31'))],
      ]),
    )
  })

  it('is found in the archive', async () => {
    const name = `archived_sessions/rollout-2026-01-31T12-00-00-${id}.jsonl`
    const home = aHome({[name]: ''})
    expect(await conversationFile(home, id)).to.equal(path.join(home, name))
  })

  it('is not there before the first prompt, without a folder, and under another name', async () => {
    const home = aHome({
      [`sessions/2026/01/31/other-${id}.jsonl`]: '',
      [`sessions/2026/01/31/rollout-x-${id}.jsonl.tmp`]: '',
      [rollout('01/28')]: '',
    })
    expect(await conversationFile(home, id)).to.equal(undefined)
    expect(await conversationFile(path.join(home, 'gone'), id)).to.equal(undefined)
    expect(await conversationFile(aHome({sessions: 'a file'}), id)).to.equal(undefined)
  })

  for (const other of [
    '',
    'x',
    '../../etc/passwd',
    id.toUpperCase(),
    `${id}x`,
    `${id}\n`,
    id.replace('-7abc-', '-4abc-'),
    '*',
  ]) {
    it(`is not looked for with ${JSON.stringify(other)}, which is no id of Codex's`, async () => {
      const odd = `archived_sessions/rollout-2026-01-31T12-00-00-${other.replaceAll('/', '')}.jsonl`
      expect(await conversationFile(aHome({[rollout('01/31', id)]: '', [odd]: ''}), other)).to.equal(undefined)
    })
  }

  describe('at its end', () => {
    const tailOf = (text: string | Buffer, tells?: (line: string) => boolean) => {
      const file = path.join(aHome(), 'rollout.jsonl')
      writeFileSync(file, text)
      return conversationTail(file, tells)
    }

    it('is the whole of a short one, with what is torn', async () => {
      expect(await tailOf('')).to.deep.equal([''])
      expect(await tailOf('{"a":1}\n{"b":2}\n')).to.deep.equal(['{"a":1}', '{"b":2}', ''])
      expect(await tailOf('{"a":1}\n{"b')).to.deep.equal(['{"a":1}', '{"b'])
    })

    it('is whole lines of a long one, and never the half at the cut', async () => {
      const lines = Array.from({length: 5000}, (_, index) => JSON.stringify({index, text: '日本'.repeat(20)}))
      const tail = await tailOf(`${lines.join('\n')}\n`)
      expect(tail.length).to.be.below(lines.length).and.above(1000)
      expect(tail).to.deep.equal([...lines, ''].slice(-tail.length))
    })

    it('is only what tells something, and the newest lines, where that is all that is asked for', async () => {
      const lines = Array.from(
        {length: 3000},
        (_, index) => `${index % 500 === 0 ? 'told' : 'said'} ${index} 日本${'.'.repeat(90)}`,
      )
      const tells = (line: string) => line.startsWith('told')
      const text = `${lines.join('\n')}\n`
      const whole = await tailOf(text)
      const expected = whole.filter((line, index) => tells(line) || index >= whole.length - 16)
      expect(expected.length).to.be.above(16).and.below(30)
      expect(await tailOf(text, tells)).to.deep.equal(expected)
      expect(await tailOf('', tells)).to.deep.equal([''])
      expect(await tailOf('{"a":1}\n{"b', tells)).to.deep.equal(['{"a":1}', '{"b'])
    })

    it('is nothing of a line longer than what is read', async () => {
      expect(await tailOf(`${'x'.repeat(600_000)}\n{"b":2}\n`)).to.deep.equal(['{"b":2}', ''])
      expect(await tailOf('x'.repeat(600_000))).to.deep.equal([])
    })
  })
})

describe('the program a person has Codex run after each turn', () => {
  const TABLE: [what: string, config: string, notify: string[]][] = [
    ['is its words', 'model = "x"\nnotify = ["say", "it\'s done"]\n', ['say', "it's done"]],
    ['may stand on several lines', 'notify = [\n  "say",\n  "done",\n]\n', ['say', 'done']],
    ['is none without one', 'model = "x"\n', []],
    ['is none in a comment', '# notify = ["say"]\n', []],
    ['is none in a table of something else', '[tui]\nnotify = ["say"]\n', []],
    ['is none in a text', 'model = """\nnotify = ["say"]\n"""\n', []],
    ['is none when it is no list of words', 'notify = "say"\n', []],
    ['is none when a word is a number', 'notify = ["say", 1]\n', []],
    ['is none when it is empty', 'notify = []\n', []],
    ['is none in a configuration that Codex will refuse itself', 'notify = ["say"\n', []],
  ]
  for (const [what, config, notify] of TABLE) {
    it(what, async () => expect(await ownNotify(aHome({'config.toml': config}))).to.deep.equal(notify))
  }

  it('is none without a configuration', async () => {
    expect(await ownNotify(aHome())).to.deep.equal([])
    expect(await ownNotify(path.join(folder, 'gone'))).to.deep.equal([])
  })
})

describe('the Codex program', () => {
  /** Records how it was called, prints what is in `answer`, and ends as `code` says. */
  function aCodex(answer: string, code = 0, complaint = '') {
    const home = aHome({answer, complaint})
    const program = path.join(home, 'codex')
    const script = `#!/bin/sh\nprintf '%s\\n' "$RUST_BACKTRACE" "$CODEX_HOME" "$@" >'${home}/called'\necho >>'${home}/calls'\ncat '${home}/answer'\ncat '${home}/complaint' >&2\nexit ${code}\n`
    writeFileSync(program, script, {mode: 0o755})
    const codex = openCodex(program, {PATH: process.env.PATH, CODEX_HOME: home, RUST_BACKTRACE: '1'})
    const linesOf = (name: string) => readFileSync(path.join(home, name), 'utf8').split('\n').slice(0, -1)
    return {codex, home, program, called: () => linesOf('called'), calls: () => linesOf('calls').length}
  }

  /** The same where plugins are installed. */
  function withPlugins(...call: Parameters<typeof aCodex>): ReturnType<typeof aCodex> {
    const made = aCodex(...call)
    for (const plugin of ['one/tools/1.0.0', 'two/tools/local', 'one/other/1.0.0']) {
      mkdirSync(path.join(made.home, 'plugins', 'cache', plugin), {recursive: true})
    }
    return made
  }

  it('tells its version', async () => {
    const {codex, home, called} = aCodex('codex-cli 0.169.0\n')
    expect(await codex.version()).to.equal('0.169.0')
    expect(called()).to.deep.equal(['0', home, '--version'])
  })

  it('names the tool servers that are registered, and what each runs', async () => {
    const stdio = {type: 'stdio', command: '/usr/bin/a', args: ['serve', '--x'], env: null}
    const list = [
      {name: 'a', enabled: true, transport: stdio},
      {name: 'codex-orchestrator', transport: {type: 'streamable_http', url: 'http://127.0.0.1:9'}},
    ]
    expect(await aCodex(JSON.stringify(list)).codex.toolServers()).to.deep.equal([
      {name: 'a', command: '/usr/bin/a', args: ['serve', '--x']},
      {name: 'codex-orchestrator', url: 'http://127.0.0.1:9'},
    ])
    expect(await aCodex('[]').codex.toolServers()).to.deep.equal([])
    expect(await aCodex('{}').codex.toolServers()).to.deep.equal([])
  })

  it('names the tool servers that are left under further settings', async () => {
    const {codex, called} = aCodex('[{"name":"a","transport":{"command":"a"}}]')
    expect(await codex.toolServers(['-c', 'plugins={}'])).to.deep.equal([{name: 'a', command: 'a', args: []}])
    expect(called().slice(2)).to.deep.equal(['mcp', 'list', '--json', '-c', 'plugins={}'])
  })

  it('names the installed plugins of one name, whichever marketplace they came from', async () => {
    const installed = ['tools@one', 'tools@two', 'other@one'].map(pluginId => ({
      pluginId,
      name: pluginId.split('@')[0],
    }))
    const {codex, called} = withPlugins(
      JSON.stringify({installed, available: [{pluginId: 'tools@three', name: 'tools'}]}),
    )
    expect(await codex.plugins('tools')).to.deep.equal(['tools@one', 'tools@two'])
    expect(called().slice(2)).to.deep.equal(['plugin', 'list', '--json'])
    expect(await withPlugins('{}').codex.plugins('tools')).to.deep.equal([])
    const withoutCommand = withPlugins('', 2, "error: unrecognized subcommand 'plugin'\n")
    expect(await withoutCommand.codex.plugins('tools')).to.deep.equal([])
  })

  it('is not asked for a plugin that is not among its copies', async () => {
    const {codex, home} = withPlugins('{"installed":[{"name":"third","pluginId":"third@one"}]}')
    expect(await codex.plugins('third')).to.deep.equal([])
    expect(existsSync(path.join(home, 'calls'))).to.equal(false)
  })

  it('is asked for its plugins once, and again only when it could not be', async () => {
    const {codex, program, calls} = withPlugins('{"installed":[{"name":"tools","pluginId":"tools@one"}]}')
    renameSync(program, `${program}-away`)
    const failed = await codex.plugins('tools').catch((error: unknown) => error)
    expect(failed).to.include({code: 'PROGRAM_MISSING'})
    renameSync(`${program}-away`, program)
    const asked = await Promise.all(['tools', 'tools', 'other'].map(name => codex.plugins(name)))
    expect(asked).to.deep.equal([['tools@one'], ['tools@one'], []])
    expect(await codex.plugins('tools')).to.deep.equal(['tools@one'])
    expect(calls()).to.equal(1)
  })

  it('registers a tool server with its variables', async () => {
    const {codex, called} = aCodex('')
    await codex.registerToolServer('codex-orchestrator', ['/usr/bin/node', 'run.js', '--x'], {A: 'a=b', B: '$(x)'})
    expect(called().slice(2)).to.deep.equal([
      'mcp',
      'add',
      'codex-orchestrator',
      '--env',
      'A=a=b',
      '--env',
      'B=$(x)',
      '--',
      '/usr/bin/node',
      'run.js',
      '--x',
    ])
  })

  it('leaves a message for a conversation', async () => {
    const {codex, called} = aCodex('')
    await codex.queue('019b2c4e-0000-7000-8000-000000000001', '[codex-planner] TASK-001 needs_input.')
    expect(called().slice(2)).to.deep.equal([
      'queue',
      '--thread',
      '019b2c4e-0000-7000-8000-000000000001',
      '--message',
      '[codex-planner] TASK-001 needs_input.',
    ])
  })

  it('is reported with its last words when it fails', async () => {
    const {codex} = aCodex('', 1, 'warning: x\nError: No active session found\n')
    const error: unknown = await codex.queue('x', 'y').catch((error: unknown) => error)
    expect(error).to.be.instanceOf(PlannerError)
    expect(error).to.deep.include({
      code: 'CODEX_FAILED',
      message: 'codex queue --thread: Error: No active session found',
      suggestions: ['codex-planner doctor'],
    })
    expect(
      await aCodex('', 3)
        .codex.version()
        .catch((error: unknown) => String(error)),
    ).to.equal('Error: codex --version: ended with 3')
  })
})
