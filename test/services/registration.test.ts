import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {execa} from 'execa'

import {type Host, openHost} from '../../src/services/host.ts'
import {registerTools, registrationFinding} from '../../src/services/registration.ts'
import {codexProgram} from '../support/codex-home.ts'

const checkout = path.resolve(import.meta.dirname, '../..')
const plugins = {
  terminalBackends: async () => ({found: [], faults: []}),
  workerPolicies: async () => ({found: [], faults: []}),
}

/** What a person may have written by hand; Codex would write some of it in another way. */
const BY_HAND = `# My own settings, by hand.
model   =   "gpt-6-sol"   # the one I like
notify = [
  "say",   # loud
  "done",
]

  [features]   # indented
  apps = false
  plugins = false

[profiles.work]
model = 'gpt-6-luna'   # at work
`
const SERVERS = `
[mcp_servers]
# inline ones first
inline = { command = "node", args = ["a.js"], env = { TOKEN = "x=y", "ODD KEY" = '''raw''' } }

[mcp_servers."docs.site"]   # an address
url = "http://127.0.0.1:9/mcp"
bearer_token_env_var = "DOCS_TOKEN"
default_tools_approval_mode = "prompt"

[mcp_servers.files]
args = [ "--root", "/srv" ]
command = "files"   # comes second
env_vars = ["HOME"]
default_tools_approval_mode = "writes"

[mcp_servers.files.tools.read]
approval_mode = "approve"

# the end`

describe('the registration of the tools with the real Codex', () => {
  let folder: string
  let count = 0

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'registration-'))
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  interface Place {
    env: NodeJS.ProcessEnv
    file: string
    host: () => Promise<Host>
    text: () => string
    /** What Codex says of a server. */
    server: (name: string) => Promise<Record<string, unknown>>
    codex: (...args: string[]) => Promise<string>
  }

  /** A throw-away home with this configuration of Codex; null for none. */
  function aPlace(config: string | null): Place {
    const home = path.join(folder, String(++count))
    const codexHome = path.join(home, 'codex')
    const file = path.join(codexHome, 'config.toml')
    for (const name of ['codex', 'tmp', 'bin']) mkdirSync(path.join(home, name), {recursive: true})
    if (config !== null) writeFileSync(file, config, {mode: 0o640})
    const env = {
      HOME: home,
      PATH: [path.join(home, 'bin'), path.join(checkout, 'node_modules', '.bin'), '/usr/bin', '/bin'].join(':'),
      CODEX_HOME: codexHome,
      TMPDIR: path.join(home, 'tmp'),
      XDG_CONFIG_HOME: path.join(folder, 'config'),
      XDG_STATE_HOME: path.join(home, 'state'),
    }
    const codex = async (...args: string[]) => (await execa(codexProgram(), args, {env, extendEnv: false})).stdout
    return {
      env,
      file,
      host: () => openHost(env, plugins, path.parse(home).root),
      text: () => readFileSync(file, 'utf8'),
      server: async name => JSON.parse(await codex('mcp', 'get', name, '--json')),
      codex,
    }
  }

  const register = async ({host}: Place) => registerTools(await host())

  it('names absolute paths, and the folders that are set (MCP G19)', async () => {
    const place = aPlace(null)
    expect(await register(place)).to.equal('registered codex-orchestrator-local')
    expect(await place.server('codex-orchestrator-local')).to.deep.include({
      enabled: true,
      transport: {
        type: 'stdio',
        command: process.execPath,
        args: [path.join(checkout, 'bin', 'run.js'), 'serve-mcp'],
        env: {
          CODEX_HOME: place.env.CODEX_HOME,
          XDG_CONFIG_HOME: place.env.XDG_CONFIG_HOME,
          XDG_STATE_HOME: place.env.XDG_STATE_HOME,
        },
        env_vars: [],
        cwd: null,
      },
    })
  })

  it('says the same whether Codex writes it or it comes behind other servers', async () => {
    const [empty, beside] = [aPlace(null), aPlace(SERVERS)]
    await register(empty)
    await register(beside)
    const told = async ({env, server}: Place) =>
      JSON.stringify(await server('codex-orchestrator-local')).replaceAll(env.HOME ?? '', '~')
    expect(JSON.parse(await told(beside))).to.deep.equal(JSON.parse(await told(empty)))
  })

  const CONFIGS: [what: string, config: string][] = [
    ['with comments and profiles', BY_HAND],
    ['with other servers, that end without a line end', BY_HAND + SERVERS],
    ['with line ends of Windows', `${BY_HAND}${SERVERS}\n`.replaceAll('\n', '\r\n')],
    ['with dotted keys', 'mcp_servers.files.command = "files" # mine\nmcp_servers.files.args = [ "a" ]\n'],
    [
      'with the other name registered',
      `${BY_HAND}\n[mcp_servers.codex-orchestrator]   # mine\ncommand = "codex-planner"\nargs = [ "serve-mcp" ]\n`,
    ],
  ]
  for (const [what, config] of CONFIGS) {
    it(`leaves every byte of a configuration ${what}`, async () => {
      const place = aPlace(config)
      const before = JSON.parse(await place.codex('mcp', 'list', '--json')) as {name: string}[]
      expect(await register(place)).to.equal('registered codex-orchestrator-local')
      expect(place.text().slice(0, config.length)).to.equal(config)
      expect(place.text().slice(config.length)).to.match(/^\n{1,2}\[mcp_servers\.codex-orchestrator-local\]\n/)
      const after = JSON.parse(await place.codex('mcp', 'list', '--json')) as {name: string}[]
      expect(after.filter(({name}) => name !== 'codex-orchestrator-local')).to.deep.equal(before)
      expect(after).to.have.length(before.length + 1)
    })
  }

  it('leaves the mode of a file with other servers, and the link that leads to it', async () => {
    const place = aPlace(SERVERS)
    const kept = path.join(folder, 'dotfiles.toml')
    writeFileSync(kept, SERVERS)
    chmodSync(kept, 0o640)
    rmSync(place.file)
    symlinkSync(kept, place.file)
    expect(await register(place)).to.equal('registered codex-orchestrator-local')
    expect(lstatSync(place.file).isSymbolicLink()).to.equal(true)
    expect(statSync(kept).mode & 0o777).to.equal(0o640)
    expect(readFileSync(kept, 'utf8')).to.contain('[mcp_servers.codex-orchestrator-local]')
  })

  it('is made once, also by four launches at the same time', async () => {
    const place = aPlace(SERVERS)
    const outcomes = await Promise.all(Array.from({length: 4}, () => register(place)))
    expect(outcomes.filter(outcome => typeof outcome === 'string')).to.deep.equal([
      'registered codex-orchestrator-local',
    ])
    const text = place.text()
    expect(text.split('[mcp_servers.codex-orchestrator-local]')).to.have.length(2)
    expect(await register(place)).to.deep.equal({skipped: 'codex-orchestrator-local is registered'})
    expect(place.text()).to.equal(text)
  })

  it('leaves one that stands as it is, whatever it says', async () => {
    const config = `${SERVERS}\n[mcp_servers.codex-orchestrator-local]   # mine\ncommand = "/opt/gone"\nenabled = false\n`
    const place = aPlace(config)
    expect(await register(place)).to.deep.equal({skipped: 'codex-orchestrator-local is registered'})
    expect(place.text()).to.equal(config)
  })

  it('is left out, and stops nothing, where no table can follow', async () => {
    const config = 'mcp_servers = { files = { command = "files" } }   # in one line\n'
    const place = aPlace(config)
    expect(await register(place)).to.deep.equal({
      skipped: `Codex does not accept another tool server at the end of ${place.file}. The team has its tools all the same`,
    })
    expect(place.text()).to.equal(config)
  })

  /** A Codex of which only these answers are known. */
  function answering(place: Place, list: string, add: string): void {
    const script = `#!/bin/sh\ncase "$1 $2" in\n'mcp list') ${list} ;;\n'mcp add') ${add} ;;\nesac\n`
    writeFileSync(path.join(place.env.HOME ?? '', 'bin', 'codex'), script, {mode: 0o755})
  }

  it('is taken back when Codex does not accept it', async () => {
    const place = aPlace(SERVERS)
    answering(
      place,
      `if grep -q orchestrator '${place.file}'; then echo 'Error: no' >&2; exit 1; fi; echo '[]'`,
      'exit 9',
    )
    expect(await register(place)).to.deep.equal({
      skipped: `Codex does not accept another tool server at the end of ${place.file}. The team has its tools all the same`,
    })
    expect(place.text()).to.equal(SERVERS)
  })

  it('stops nothing when Codex refuses to make it', async () => {
    const place = aPlace(null)
    answering(place, "echo '[]'", "echo 'Error: the file is locked.' >&2; exit 1")
    expect(await register(place)).to.deep.equal({
      skipped: 'codex mcp add: Error: the file is locked. The team has its tools all the same',
    })
    expect(existsSync(place.file)).to.equal(false)
  })

  describe('as doctor sees it', () => {
    const look = async ({host, text, file}: Place) => {
      const before = existsSync(file) ? text() : null
      const finding = await registrationFinding(await host())
      expect(existsSync(file) ? text() : null).to.equal(before)
      return finding
    }
    const aServer = (name: string, command: string, args: string[] = []) =>
      `[mcp_servers.${name}]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`

    it('is well when there is none, when it is ours, and when it is only of others', async () => {
      expect(await look(aPlace(null))).to.deep.equal({
        status: 'ok',
        detail: 'none registered; codex-planner registers its own at launch',
        remedy: null,
      })
      const ours = aPlace(SERVERS)
      await register(ours)
      expect(await look(ours)).to.deep.equal({
        status: 'ok',
        detail: 'registered: codex-orchestrator-local, docs.site, files, inline',
        remedy: null,
      })
      expect((await look(aPlace(aServer('files', '/opt/gone')))).status).to.equal('ok')
    })

    const GONE: [what: string, name: string, command: string, args: string[], missing: string][] = [
      [
        'a program that is gone',
        'codex-orchestrator',
        '/opt/gone/codex-planner',
        ['serve-mcp'],
        '/opt/gone/codex-planner',
      ],
      ['a program that is not on the PATH', 'codex-orchestrator', 'codex-planner', ['serve-mcp'], 'codex-planner'],
      [
        'a script that is gone',
        'codex-orchestrator-local',
        process.execPath,
        ['/opt/gone/run.js', 'serve-mcp'],
        '/opt/gone/run.js',
      ],
    ]
    for (const [what, name, command, args, missing] of GONE) {
      it(`names ${what}, and the line that ends it`, async () => {
        const place = aPlace(aServer(name, command, args))
        expect(await look(place)).to.deep.equal({
          status: 'warning',
          detail: `${name} is registered with ${missing}, which is not there`,
          remedy: `codex mcp remove ${name}`,
        })
        await place.codex('mcp', 'remove', name)
        expect((await look(place)).status).to.equal('ok')
      })
    }

    it('names an address under our name, with which no session starts', async () => {
      const place = aPlace('[mcp_servers.codex-orchestrator-local]\nurl = "http://127.0.0.1:9/mcp"\n')
      expect(await look(place)).to.deep.equal({
        status: 'failed',
        detail:
          'codex-orchestrator-local is registered as an address in the network; Codex refuses to start a session of the team so',
        remedy: 'codex mcp remove codex-orchestrator-local',
      })
    })

    it('names the plugin whose program is not installed', async () => {
      const place = aPlace(null)
      await place.codex('plugin', 'marketplace', 'add', checkout)
      await place.codex('plugin', 'add', 'codex-orchestrator-tools@codex-planner')
      expect(await look(place)).to.deep.equal({
        status: 'warning',
        detail: 'codex-orchestrator-local is registered with codex-planner, which is not there',
        remedy: 'codex plugin remove codex-orchestrator-tools@codex-planner',
      })
      symlinkSync(path.join(checkout, 'bin', 'run.js'), path.join(place.env.HOME ?? '', 'bin', 'codex-planner'))
      expect((await look(place)).status).to.equal('ok')
    })
  })
})
