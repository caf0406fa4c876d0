import {existsSync} from 'node:fs'
import path from 'node:path'
import {type Command, Config} from '@oclif/core'
import {expect} from 'chai'
import stringWidth from 'string-width'

import {COMMAND_GROUPS, inGroups} from '../../src/command-groups.ts'
import {checkout, type Machine, makeMachine, program, runProgram} from './machine.ts'

describe('help', () => {
  let machine: Machine
  let own: Command.Loadable[]
  let visible: string[]

  before(async () => {
    machine = await makeMachine()
    const config = await Config.load({root: checkout, userPlugins: false})
    own = config.commands.filter(
      ({pluginName, hidden, hiddenAliases, id}) =>
        pluginName === 'codex-planner' && !hidden && !hiddenAliases.includes(id),
    )
    visible = [...own.map(({id}) => id), 'help', 'plugins']
  })
  after(() => machine.close())

  async function page(argv: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const {code, stdout, stderr} = await machine.run(argv, {env: {OCLIF_COLUMNS: '80', ...env}})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    return stdout
  }

  const tooWide = (text: string) => text.split('\n').filter(line => stringWidth(line) > 80)

  it('has every command in exactly one group', () => {
    const grouped = COMMAND_GROUPS.flatMap(({commands}) => commands)
    expect(grouped.filter((id, index) => grouped.indexOf(id) !== index)).to.deep.equal([])
    expect(visible.filter(id => !grouped.includes(id))).to.deep.equal([])
    expect(grouped.filter(id => !visible.includes(id))).to.deep.equal([])
  })

  it('lists every command once, below what a person wants to do', async () => {
    const text = await page(['--help'])
    expect(text.match(/^[A-Z ]+$/gm)).to.deep.equal([
      'USAGE',
      'START AND LOOK',
      'PLAN THE WORK',
      'WORKERS AND QUESTIONS',
      'END AND COME BACK',
      'THIS MACHINE',
      'AGENTS AND PLUGINS',
      'EXIT CODES',
    ])
    for (const id of visible) expect(text.match(new RegExp(`^  ${id} +[A-Z]`, 'gm')), id).to.have.length(1)
    expect(text).not.to.match(/ internal|end-session/)
    expect(tooWide(text)).to.deep.equal([])
  })

  it('is the same by every name', async () => {
    const text = await page(['--help'])
    for (const argv of [['help'], ['-h'], ['help', 'help'], ['help', '--json']]) expect(await page(argv)).to.equal(text)
    expect(await page(['help', 'create-task'])).to.equal(await page(['create-task', '--help']))
  })

  it('puts commands of plugins that are not ours last', () => {
    const commands = [{id: 'theirs'}, {id: 'plugins install'}, {id: 'plugins'}, {id: 'launch'}]
    expect(inGroups(commands)).to.deep.equal([
      {title: 'Start and look', commands: [{id: 'launch'}]},
      {title: 'Agents and plugins', commands: [{id: 'plugins install'}, {id: 'plugins'}]},
      {title: 'From plugins', commands: [{id: 'theirs'}]},
    ])
  })

  it('shows of every command how it is used, in 80 columns', async () => {
    for (const {id, summary = '', flags} of own) {
      const text = await page(['help', id])
      expect(text.split('\n')[0], id).to.equal(summary)
      expect(text.match(/^[A-Z ]+$/gm)?.slice(0, 3), id).to.deep.equal(['USAGE', 'DESCRIPTION', 'EXAMPLES'])
      const shown = Object.values(flags).filter(({hidden}) => !hidden)
      for (const {name} of shown) expect(text.match(new RegExp(`^  --${name}\\b`, 'gm')), `${id} --${name}`).to.exist
      expect(tooWide(text), id).to.deep.equal([])
    }
  })

  it('shows a command that takes much as it is to be read', async () => {
    expect(await page(['help', 'close-worker'])).to.equal(`End a worker. Its worktree and branch stay.

USAGE
  codex-planner close-worker SESSION_NAME [FLAGS]

DESCRIPTION
  Ends Codex and everything it started, keeps files that are not committed in a
  snapshot, and closes the terminal. The worktree and its branch stay where they
  are. Closing a worker that is gone is success.

EXAMPLES
  codex-planner close-worker worker-task-001
  codex-planner close-worker worker-task-001 --task-status done

ARGUMENTS
  SESSION_NAME  The session, for example planner or worker-task-001.

FLAGS
  --keep-terminal-running  Only note it as closed; the terminal goes on.
  --task-status=<option>   Move its task there as well.
                           One of: todo, in_progress, blocked, needs_input,
                           review_ready, done, cancelled.

GLOBAL FLAGS
  --json                Format output as json.
  --repo-path=<folder>  Any folder of the repository; default: the current one.

EXIT CODES
  3  Something of it still runs, or it cannot be told whether it does.

`)
  })

  it('names what must be given, and both ways to launch', async () => {
    expect(await page(['help', 'request-input'])).to.include(
      '  codex-planner request-input --session-name <session> --summary <text> [FLAGS]\n',
    )
    expect(await page(['help', 'launch'])).to.include(
      'USAGE\n  codex-planner [FLAGS]\n  codex-planner launch [FLAGS]\n',
    )
  })

  it('folds long examples into lines that can be pasted, in wide and narrow terminals', async () => {
    expect(await page(['help', 'create-task'])).to.include(
      `  codex-planner create-task 'Reject empty names' --write-scope src/names.ts \\\n    --acceptance 'npm test passes'\n`,
    )
    expect(await page(['help', 'create-task'], {OCLIF_COLUMNS: '200'})).to.include(
      `  codex-planner create-task 'Reject empty names' --write-scope src/names.ts --acceptance 'npm test passes'\n`,
    )
  })

  it('shows commands of oclif in the same way, what they do as a comment above each example', async () => {
    expect(await page(['help', 'plugins', 'install'])).to.include(
      'EXAMPLES\n  # Install a plugin from npm registry.\n  codex-planner plugins install myplugin\n',
    )
    expect(await page(['plugins', '--help'])).to.include('\nCOMMANDS\n  plugins inspect ')
  })

  it('lists the commands below a topic only when that is asked for', async () => {
    expect(await page(['help', '--nested-commands'])).to.match(/^ {2}plugins install +Installs a plugin/m)
    expect(await page(['help'])).not.to.include('plugins install')
  })

  const unknown: [typed: string[], suggested: string[]][] = [
    [['help', 'lst-tasks'], ['codex-planner help list-tasks']],
    [['lst-tasks', '--help'], ['codex-planner help list-tasks']],
    [['help', 'create', 'task'], ['codex-planner help create-task']],
    [['help', 'plugins', 'instal'], ['codex-planner help plugins install']],
    [['plugins', 'instal'], ['codex-planner plugins install']],
    [['create', 'task'], ['codex-planner create-task']],
    [['spawn'], ['codex-planner spawn-worker']],
  ]
  for (const [typed, suggested] of unknown) {
    it(`has no page for ${typed.join(' ')}, names the nearest command and asks nothing`, async () => {
      expect(await machine.refusal(typed)).to.deep.include({exit: 2, code: 'INVALID_ARGUMENT', suggestions: suggested})
    })
  }

  for (const typed of [['nonsense'], ['help', 'nonsense'], ['nonsense', '--help'], ['help', 'internal']]) {
    it(`points to the list for ${typed.join(' ')}, and names the nearest command after it`, async () => {
      const {exit, suggestions} = await machine.refusal(typed)
      expect([exit, suggestions[0], suggestions.length]).to.deep.equal([2, 'codex-planner help', 2])
      expect(suggestions[1]).to.match(/^codex-planner (help )?[a-z-]+$/)
    })
  }

  it('asks nothing about an unknown command at a terminal either', async function () {
    if (!existsSync('/usr/bin/script')) this.skip()
    for (const typed of ['help lst-tasks', 'plugins instal', 'create task']) {
      const command = `"${process.execPath}" "${program}" ${typed}`
      const argv = ['60', '/usr/bin/script', '-qec', command, '/dev/null']
      const {code, stdout} = await runProgram('/usr/bin/timeout', argv, {cwd: machine.folder, env: machine.env})
      expect(code, typed).to.equal(2)
      expect(stdout, typed).to.match(/Try this: codex-planner (help list-tasks|plugins install|create-task)\r?\n/)
      expect(stdout).not.to.include('?')
    }
  })

  it('is what README.md and docs/commands.md say', async () => {
    const script = path.join(checkout, 'scripts', 'reference.js')
    const {code, stderr} = await runProgram(process.execPath, [script, '--check'], {env: machine.env})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
  })
})
