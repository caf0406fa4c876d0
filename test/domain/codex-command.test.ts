import {writeFileSync} from 'node:fs'
import {mkdir, readFile, rm} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {execa} from 'execa'
import fc from 'fast-check'
import {parse} from 'smol-toml'

import {
  type CodexStart,
  codexCommand,
  OTHER_TOOL_SERVER,
  registration,
  TOOL_SERVER,
  tomlString,
} from '../../src/domain/codex-command.ts'
import {workerRole} from '../../src/domain/prompts/worker.ts'
import {codexProgram, makeCodexHome, makeScratchFolder} from '../support/codex-home.ts'
import {type ScriptedModel, startScriptedModel} from '../support/scripted-model/server.ts'
import {character} from './examples.ts'

function aStart(fields: Partial<CodexStart> = {}): CodexStart {
  return {
    program: '/usr/bin/codex',
    extraArgs: ['--yolo'],
    role: 'planner',
    model: null,
    cwd: '/srv/project',
    root: '/srv/project',
    conversation: null,
    toolServer: {
      command: '/usr/bin/node',
      args: ['/opt/run.js', 'serve-mcp', '--role', 'planner'],
      env: {CODEX_HOME: '/home/me/.codex'},
      envNames: ['HOME', 'LANG'],
    },
    otherServers: [],
    otherPlugins: [],
    notify: ['/usr/bin/node', '/opt/run.js', 'internal', 'turn-ended'],
    hook: null,
    developerInstructions: 'You are "it".\nTwo lines.',
    writable: [],
    withPrompt: true,
    ...fields,
  }
}

const SETTINGS = [
  '-c',
  'projects={"/srv/project"={"trust_level"="trusted"}}',
  '-c',
  'mcp_servers.codex-orchestrator-local={"enabled"=true,"command"="/usr/bin/node","args"=["/opt/run.js","serve-mcp","--role","planner"],"env"={"CODEX_HOME"="/home/me/.codex"},"env_vars"=["HOME","LANG"],"default_tools_approval_mode"="approve","required"=true,"startup_timeout_sec"=60,"tool_timeout_sec"=120}',
  '-c',
  'notify=["/usr/bin/node","/opt/run.js","internal","turn-ended"]',
  '-c',
  'developer_instructions="You are \\"it\\".\\nTwo lines."',
  '-c',
  'features.multi_agent=false',
  '-c',
  'check_for_update_on_startup=false',
]

describe("Codex's command line", () => {
  it('starts a planner in the repository', () => {
    expect(codexCommand(aStart())).to.deep.equal([
      '/usr/bin/codex',
      '--no-daemon',
      '--yolo',
      '-C',
      '/srv/project',
      ...SETTINGS,
      '--',
    ])
  })

  it('starts a worker in its worktree, with its model, in a sandbox that may write the state of Git and of the team', () => {
    const start = aStart({
      role: 'worker',
      extraArgs: ['-s', 'workspace-write'],
      model: 'gpt-6-sol',
      cwd: '/srv/project-worktrees/task-001',
      writable: ['/srv/project/.git', '/srv/project/.codex'],
    })
    expect(codexCommand(start)).to.deep.equal([
      ...[
        '/usr/bin/codex',
        '--no-daemon',
        '-s',
        'workspace-write',
        '--add-dir',
        '/srv/project/.git',
        '--add-dir',
        '/srv/project/.codex',
      ],
      ...['-C', '/srv/project-worktrees/task-001', '-m', 'gpt-6-sol', ...SETTINGS, '--'],
    ])
  })

  it('goes on with a conversation, and with no other (F-113)', () => {
    const conversation = '019b2c4e-0000-7000-8000-000000000001'
    const argv = [
      '/usr/bin/codex',
      'resume',
      '--no-daemon',
      '--yolo',
      '-C',
      '/srv/project',
      ...SETTINGS,
      '--',
      conversation,
    ]
    expect(codexCommand(aStart({conversation}))).to.deep.equal(argv)
    expect(codexCommand(aStart({conversation, withPrompt: false}))).to.deep.equal(argv)
  })

  it('ends with the settings when there is no prompt', () => {
    expect(codexCommand(aStart({withPrompt: false})).slice(5)).to.deep.equal(SETTINGS)
  })

  it('switches another server of ours off, so that the model sees one set of tools, and says what it is', () => {
    const program = {name: OTHER_TOOL_SERVER, command: '/opt/my "planner"', args: ['serve-mcp']}
    expect(parse(settingOf(aStart({otherServers: [program]}), 'mcp_servers.codex-orchestrator'))).to.deep.equal({
      mcp_servers: {'codex-orchestrator': {command: '/opt/my "planner"', enabled: false}},
    })
    const address = {name: OTHER_TOOL_SERVER, url: 'http://127.0.0.1:9/mcp'}
    expect(parse(settingOf(aStart({otherServers: [address]}), 'mcp_servers.codex-orchestrator'))).to.deep.equal({
      mcp_servers: {'codex-orchestrator': {url: 'http://127.0.0.1:9/mcp', enabled: false}},
    })
  })

  it('switches plugins that bring our tools off, each by its own name, and names none when there is none', () => {
    const otherPlugins = ['codex-orchestrator-tools@codex-planner', 'codex-orchestrator-tools@an.other "one"']
    expect(parse(settingOf(aStart({otherPlugins}), 'plugins'))).to.deep.equal({
      plugins: {
        'codex-orchestrator-tools@codex-planner': {enabled: false},
        'codex-orchestrator-tools@an.other "one"': {enabled: false},
      },
    })
    expect(codexCommand(aStart()).join(' ')).not.to.contain('plugins=')
  })

  it('adds the hook that refuses heavy commands, trusts that one alone, and says nothing of hooks without it', () => {
    const hook = {command: `'/srv/my "shop"/heavy.sh'`, matcher: '^Bash$', timeout: 10, hash: 'sha256:0a'}
    expect(parse(settingOf(aStart({hook}), 'hooks'))).to.deep.equal({
      hooks: {
        PreToolUse: [
          {
            matcher: '^Bash$',
            hooks: [{type: 'command', command: `'/srv/my "shop"/heavy.sh'`, timeout: 10}],
          },
        ],
        state: {'/<session-flags>/config.toml:pre_tool_use:0:0': {trusted_hash: 'sha256:0a'}},
      },
    })
    expect(codexCommand(aStart()).join(' ')).not.to.contain('hooks')
  })

  for (const folder of [
    '/srv/a.b.c',
    '/srv/it\'s "here"',
    '/srv/a b',
    '/srv/a\\b',
    '/srv/a\nb',
    '/srv/$(touch x)',
    '/srv/[x]=#{y}',
    '/srv/naïve 日本語',
  ]) {
    it(`trusts the one folder ${JSON.stringify(folder)}`, () => {
      expect(parse(settingOf(aStart({root: folder}), 'projects'))).to.deep.equal({
        projects: {[folder]: {trust_level: 'trusted'}},
      })
    })
  }
})

describe('the text of a registration', () => {
  it('has the words and variables of the server, quoted', () => {
    expect(registration('a-name', ['/opt/my node', 'run.js', 'say "hi"'], {HOME: '/home/me', X: 'a\\b'})).to.equal(
      `[mcp_servers.a-name]
command = "/opt/my node"
args = ["run.js","say \\"hi\\""]

[mcp_servers.a-name.env]
HOME = "/home/me"
X = "a\\\\b"
`,
    )
  })

  it('has no table of variables when there are none', () => {
    expect(registration('a', ['x'], {})).to.equal('[mcp_servers.a]\ncommand = "x"\nargs = []\n')
  })
})

/** The text of one `-c` of a start. */
function settingOf(start: CodexStart, key: string): string {
  const found = codexCommand(start).find(word => word.startsWith(`${key}=`))
  if (found === undefined) throw new Error(`${key} is not set.`)
  return found
}

const anyText = fc.string({unit: 'binary'}).map(text => text.toWellFormed())

describe("text in Codex's settings", () => {
  it('is read back as it was, whatever it holds', () => {
    fc.assert(fc.property(anyText, sameText))
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('"', '\\', '\n', 'u', character(0x7f), character(0), character(0x9b), '#', "'"),
        }),
        sameText,
      ),
    )
  })

  function sameText(text: string): void {
    expect(parse(`x = ${tomlString(text)}`)).to.deep.equal({x: text})
  }

  it('is one line without control characters, so that it can stand in a script', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(tomlString(text)).to.match(/^"(?:[\u0080-\u009f]|\P{Cc})*"$/u)
      }),
    )
  })

  it('has a replacement for half of a pair', () => expect(tomlString('a\ud800b')).to.equal(`"a${character(0xfffd)}b"`))

  it('reaches the tool server whole: its program, arguments and variables', () => {
    const aName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/)
    fc.assert(
      fc.property(anyText, fc.array(anyText), fc.dictionary(aName, anyText), (command, args, env) => {
        const start = aStart({toolServer: {command, args, env, envNames: Object.keys(env)}})
        expect(parse(settingOf(start, `mcp_servers.${TOOL_SERVER}`))).to.deep.equal({
          mcp_servers: {
            [TOOL_SERVER]: {
              enabled: true,
              command,
              args,
              env,
              env_vars: Object.keys(env),
              default_tools_approval_mode: 'approve',
              required: true,
              startup_timeout_sec: 60,
              tool_timeout_sec: 120,
            },
          },
        })
      }),
      {numRuns: 50},
    )
  })
})

describe('the real Codex', () => {
  let scratch: string
  let model: ScriptedModel

  before(async () => {
    scratch = makeScratchFolder('codex-command')
    model = await startScriptedModel({
      script: {turns: [{steps: [{mcp: 'codex-orchestrator-local.create-note', args: {title: 'x'}}, {text: 'Done.'}]}]},
    })
  })

  after(async () => {
    await model.close()
    await rm(scratch, {recursive: true, force: true})
  })

  it('A-110: approves the tools of our own program alone, whatever is registered under their name', async () => {
    const home = makeCodexHome({folder: path.join(scratch, 'posing'), baseUrl: model.baseUrl, model: 'scripted-plain'})
    const file = path.join(home.env.CODEX_HOME ?? '', 'config.toml')
    const posing = ['codex-orchestrator-local', 'codex-orchestrator'].map(
      name => `\n[mcp_servers.${name}]\ncommand = "/opt/evil"\nargs = ["serve-mcp"]\nenv = {EVIL = "1"}\n`,
    )
    writeFileSync(file, posing.join(''), {flag: 'a'})
    const start = aStart({otherServers: [{name: 'codex-orchestrator', command: '/opt/evil', args: ['serve-mcp']}]})
    const argv = codexCommand(start)
    const settings = argv.flatMap((word, index) => (argv[index - 1] === '-c' ? ['-c', word] : []))
    const {stdout} = await execa(codexProgram(), ['mcp', 'list', '--json', ...settings], {cwd: scratch, env: home.env})
    const servers = JSON.parse(stdout) as {
      name: string
      enabled: boolean
      transport: {command: string; args: string[]}
    }[]
    expect(servers.map(({name, enabled, transport}) => [name, enabled, transport.command])).to.have.deep.members([
      ['codex-orchestrator-local', true, start.toolServer.command],
      ['codex-orchestrator', false, '/opt/evil'],
    ])
    expect(servers.find(({enabled}) => enabled)?.transport.args).to.deep.equal(start.toolServer.args)
  })

  it('accepts our settings, trusts the folder, starts the tool server, and passes on our instructions', async () => {
    const root = path.join(scratch, `it's "a.b" [c]`)
    const told = path.join(scratch, 'told')
    await mkdir(root)
    await execa('git', ['init', '--quiet', root])
    const notify = path.join(scratch, 'notify.sh')
    writeFileSync(notify, '#!/bin/sh\nprintf "%s\\n" "$3" >"$2"\n', {mode: 0o755})
    const home = makeCodexHome({folder: path.join(scratch, 'home'), baseUrl: model.baseUrl, model: 'scripted-plain'})
    const instructions = workerRole({
      session: 'worker-task-001',
      taskId: 'TASK-001',
      root,
      worktree: root,
      cli: '/opt/codex-planner',
    })
    const [program = '', ...argv] = codexCommand(
      aStart({
        program: codexProgram(),
        extraArgs: ['--strict-config', '-s', 'danger-full-access'],
        cwd: root,
        root,
        toolServer: {
          command: process.execPath,
          args: [path.resolve(import.meta.dirname, '../support/scripted-model/note-server.ts')],
          env: {NOTE: 'it\'s "quoted"\nhere'},
          envNames: ['HOME', 'NOT_SET'],
        },
        notify: [notify, 'turn', told],
        developerInstructions: instructions,
        writable: [path.join(root, '.git')],
      }),
    )
    // The daemon is a matter of the terminal program alone: `exec` does not know the option.
    const args = ['exec', '--json', ...argv.filter(word => word !== '--no-daemon'), 'hello']
    const ran = await execa(program, args, {
      cwd: scratch,
      env: home.env,
      stdin: 'ignore',
      reject: false,
      timeout: 60_000,
    })
    expect(ran.exitCode, ran.stdout + ran.stderr).to.equal(0)
    expect(ran.stderr).not.to.match(/unknown|warning/i)
    const items = ran.stdout.split('\n').filter(line => line.includes('"item.completed"'))
    expect(items.join('\n'))
      .to.include('"server":"codex-orchestrator-local"')
      .and.include('"status":"completed"')
      .and.include('Done.')
    expect(model.problems).to.deep.equal([])
    expect(JSON.stringify(model.requests[0]?.body.input)).to.include(JSON.stringify(instructions).slice(1, -1))
    expect(JSON.parse(await readFile(told, 'utf8'))).to.include({type: 'agent-turn-complete', cwd: root})
  })
})
