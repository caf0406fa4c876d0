import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {type Command, Config, Plugin} from '@oclif/core'
import {Ajv} from 'ajv'
import {expect} from 'chai'
import {withDefaultCommand} from '../../src/default-command.ts'
import {mayDo, type Role} from '../../src/domain/role.ts'
import {loadTools} from '../../src/mcp/server.ts'
import {checkout} from './machine.ts'

/** What the operator can say. `…` may be repeated, `!` must be given. Every command has --repo-path, and --json unless it says otherwise. */
const COMMANDS = `
acquire-lease
  --purpose !
  --session-name !

attach [SESSION_NAME]

autocomplete [SHELL]
  --script

clean
  --apply
  --empty-trash

close-session SESSION_NAME
  --keep-terminal-running
  --task-status todo|in_progress|blocked|needs_input|review_ready|done|cancelled

close-worker SESSION_NAME
  --keep-terminal-running
  --task-status todo|in_progress|blocked|needs_input|review_ready|done|cancelled

create-task TITLE
  --acceptance …
  --depends-on …
  --description
  --priority low|normal|high
  --read-scope …
  --write-scope …

dashboard

doctor

init

launch
  --new-session

list-leases
  --cursor
  --format table|yaml|json
  --limit 1-200

list-sessions
  --active-only
  --cursor
  --format table|yaml|json
  --limit 1-200

list-tasks
  --all
  --cursor
  --format table|yaml|json
  --limit 1-200
  --owner
  --ready
  --status todo|in_progress|blocked|needs_input|review_ready|done|cancelled …

quickstart

release-lease LEASE_ID

request-input
  --close-session
  --detail …
  --recommended-next-step
  --session-name !
  --summary !

request-review TASK_ID
  --detail …
  --force
  --summary

resources

restore-snapshot SNAPSHOT_ID
  --to !

resume-task TASK_ID
  --note … !

run without --json
  --purpose !
  --session-name

serve-mcp without --json
  --role planner|worker|observer
  --session

show-handoff TASK_ID
  --offset 0-
  --path-only

show-prompt SESSION_NAME
  --offset 0-
  --path-only

show-session SESSION_NAME

show-task TASK_ID

shutdown

snapshots [SESSION_NAME]
  --cursor
  --format table|yaml|json
  --limit 1-200

spawn-worker TASK_ID
  --force

start-planner
  --new-session

suspend

update-task TASK_ID
  --acceptance …
  --clear-acceptance
  --clear-depends-on
  --clear-owner
  --clear-read-scope
  --clear-write-scope
  --depends-on …
  --description
  --owner
  --priority low|normal|high
  --read-scope …
  --status todo|in_progress|blocked|needs_input|review_ready|done|cancelled
  --title
  --write-scope …

wait-events
  --after 0- !
  --timeout 1-86400
`.trim()

/** What a session can call. `!` must be given; (reads) changes nothing, (ends) can end something that runs. */
const TOOLS = `
acquire_lease session_name! purpose!
close_session session_name! task_status (ends)
close_worker session_name! task_status (ends)
create_task title! description write_scope read_scope acceptance priority depends_on
doctor (reads)
init_repo
list_leases limit cursor (reads)
list_sessions active_only limit cursor (reads)
list_tasks status owner ready all limit cursor (reads)
release_lease lease_id! (ends)
request_input session_name! summary! detail recommended_next_step close_session
request_review task_id! summary detail
resources (reads)
resume_task task_id! note!
show_handoff task_id! offset (reads)
show_prompt session_name! offset (reads)
show_session session_name! (reads)
show_task task_id! (reads)
snapshots session_name limit cursor (reads)
spawn_worker task_id!
update_task task_id! title description status owner clear_owner priority write_scope clear_write_scope read_scope clear_read_scope acceptance clear_acceptance depends_on clear_depends_on
wait_events after!
`.trim()

const OF_A_WORKER =
  'acquire_lease close_session doctor list_leases list_sessions list_tasks release_lease request_input request_review resources show_handoff show_prompt show_session show_task snapshots wait_events'
const OF_AN_OBSERVER =
  'doctor list_leases list_sessions list_tasks resources show_handoff show_prompt show_session show_task snapshots wait_events'

type Flag = Command.Flag.Cached & {integer?: {minimum: number; maximum: number}}

function flagLine(name: string, flag: Flag): string {
  const {integer} = flag
  const words = [
    `--${name}`,
    ...(flag.type === 'option' && flag.options ? [flag.options.join('|')] : []),
    ...(integer ? [`${integer.minimum}-${integer.maximum === Number.MAX_SAFE_INTEGER ? '' : integer.maximum}`] : []),
    ...(flag.type === 'option' && flag.multiple ? ['…'] : []),
    ...(flag.required ? ['!'] : []),
  ]
  return `  ${words.join(' ')}`
}

/** The class knows more of a flag than the manifest. */
async function commandText(command: Command.Loadable): Promise<string> {
  const {args, flags} = await command.load()
  const positional = Object.entries({...args}).map(([name, {required}]) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  )
  const own = Object.entries({...flags}).filter(
    ([name, {hidden}]) => !hidden && name !== 'json' && name !== 'repo-path',
  )
  const lines = own.toSorted(([a], [b]) => a.localeCompare(b)).map(([name, flag]) => flagLine(name, flag as Flag))
  return [[command.id, ...positional, ...(command.enableJsonFlag ? [] : ['without --json'])].join(' '), ...lines].join(
    '\n',
  )
}

describe('the program', () => {
  let config: Config
  let visible: Command.Loadable[]

  before(async () => {
    config = await Config.load({root: checkout, userPlugins: false})
    const own = config.commands.filter(({pluginName}) => pluginName === 'codex-planner')
    visible = own
      .filter(({id, hidden, hiddenAliases}) => !hidden && !hiddenAliases.includes(id))
      .toSorted((a, b) => a.id.localeCompare(b.id))
  })

  it('has exactly these commands, with these arguments and flags', async () => {
    const texts = await Promise.all(visible.map(commandText))
    expect(texts.join('\n\n')).to.equal(COMMANDS)
  })

  it('takes --repo-path with every command', () => {
    const without = config.commands.filter(
      ({pluginName, flags}) => pluginName === 'codex-planner' && !('repo-path' in flags),
    )
    expect(without.map(({id}) => id)).to.deep.equal([])
  })

  it('tells of each tool a JSON Schema that is one, which a running server takes for granted', async () => {
    const ajv = new Ajv({strict: true})
    for (const {listing} of await loadTools(config)) {
      expect(ajv.validateSchema(listing.inputSchema), `${listing.name}: ${ajv.errorsText()}`).to.equal(true)
    }
  })

  it('has exactly these tools, with these arguments', async () => {
    const tools = (await loadTools(config)).map(({listing: {name, inputSchema, annotations}}) => {
      const {required = [], properties} = inputSchema
      const [first, ...names] = Object.keys(properties)
      expect(first, name).to.equal('repo_path')
      const hints = [
        ...(annotations.readOnlyHint ? ['(reads)'] : []),
        ...(annotations.destructiveHint ? ['(ends)'] : []),
      ]
      return [name, ...names.map(property => (required.includes(property) ? `${property}!` : property)), ...hints].join(
        ' ',
      )
    })
    expect(tools.toSorted().join('\n')).to.equal(TOOLS)
  })

  const all = TOOLS.replaceAll(/ .*/g, '').replaceAll('\n', ' ')
  const table: [role: Role, tools: string][] = [
    ['planner', all],
    ['worker', OF_A_WORKER],
    ['observer', OF_AN_OBSERVER],
  ]
  for (const [role, tools] of table) {
    it(`gives a ${role} exactly its tools (E1)`, async () => {
      const granted = (await loadTools(config)).filter(({access}) => mayDo(role, access))
      expect(
        granted
          .map(({name}) => name)
          .toSorted()
          .join(' '),
      ).to.equal(tools)
    })
  }

  it('never lets a tool skip a refusal, nor leave the session', async () => {
    const tools = await loadTools(config)
    const forbidden = [
      'launch',
      'attach',
      'dashboard',
      'suspend',
      'shutdown',
      'clean',
      'run',
      'restore_snapshot',
      'serve_mcp',
    ]
    expect(
      tools.map(({name}) => name).filter(name => forbidden.includes(name) || name.startsWith('plugins')),
    ).to.deep.equal([])
    const properties = tools.flatMap(({name, listing}) =>
      Object.keys(listing.inputSchema.properties).map(property => `${name} ${property}`),
    )
    expect(properties.filter(property => / (force|json|format|path_only)$/.test(property))).to.deep.equal([])
  })

  it('tells of every command in one sentence what it does, and more below', () => {
    for (const {id, summary = '', description = ''} of visible) {
      expect(summary, id).to.match(/^[A-Z].{10,160}\.$/)
      expect(description, id).to.match(/^[A-Z][^]{20,}[^.]$|^[A-Z][^]{20,}\.$/)
      expect(description, id).not.to.include(summary)
    }
  })

  it('tells of every flag and argument what it is', () => {
    const silent = visible.flatMap(({id, flags, args}) => [
      ...Object.values(flags).flatMap(flag =>
        flag.hidden || flag.summary || flag.description ? [] : [`${id} --${flag.name}`],
      ),
      ...Object.values(args).flatMap(arg => (arg.description ? [] : [`${id} ${arg.name}`])),
    ])
    expect(silent).to.deep.equal([])
  })

  it('shows with every command an example that the command takes', async () => {
    let tried = 0
    for (const {id, examples = []} of visible) {
      expect(examples, id).not.to.be.empty
      for (const example of examples) {
        const line = (typeof example === 'string' ? example : example.command).replaceAll(
          '<%= config.bin %>',
          'codex-planner',
        )
        const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], {encoding: 'utf8'})
          .split('\0')
          .slice(0, -1)
        // Another program may be told to call this one.
        const [program, ...typed] = words.slice(words.lastIndexOf('codex-planner'))
        const [command, ...argv] = withDefaultCommand(typed)
        expect([program, command], line).to.deep.equal(['codex-planner', id])
        await parse(id, argv)
        tried += 1
      }
    }
    expect(tried).to.be.greaterThan(20)
    const refused = await parse('list-tasks', ['--bogus']).catch((error: Error) => error.message)
    expect(refused).to.contain('Nonexistent flag: --bogus')
  })

  async function parse(id: string, argv: string[]): Promise<void> {
    const CommandClass = await config.findCommand(id, {must: true}).load()
    const command = Reflect.construct(CommandClass, [argv, config]) as Command
    await command['parse'](CommandClass, argv)
  }
})

describe('oclif.manifest.json', () => {
  interface Written {
    commands: Record<string, Record<string, unknown>>
  }
  const written = () => JSON.parse(readFileSync(path.join(checkout, 'oclif.manifest.json'), 'utf8')) as Written

  async function compiled(): Promise<Plugin> {
    const plugin = new Plugin({
      ignoreManifest: true,
      errorOnManifestCreate: true,
      respectNoCacheDefault: true,
      root: checkout,
      type: 'core',
    })
    await plugin.load()
    return plugin
  }

  it('is what the compiled commands say', async () => {
    const {commands, ...rest} = written()
    for (const command of Object.values(commands)) delete command['offers']
    const {manifest} = await compiled()
    expect({...rest, commands}).to.deep.equal(JSON.parse(JSON.stringify(manifest)))
  })

  it('notes what a shell can offer for each argument and flag', async () => {
    const plugin = await compiled()
    const completes = (declared: object = {}) => {
      const all = Object.entries(declared as Record<string, {completes?: string}>)
      return Object.fromEntries(
        all.flatMap(([name, {completes}]) => (completes === undefined ? [] : [[name, completes]])),
      )
    }
    const noted = Object.entries(written().commands).map(([id, {offers}]) => [id, offers])
    for (const [id, offers] of noted) {
      const {args, baseFlags, flags} = await plugin.findCommand(String(id), {must: true})
      expect(offers, String(id)).to.deep.equal({args: completes(args), flags: completes({...baseFlags, ...flags})})
    }
    expect(Object.fromEntries(noted)).to.have.deep.property('show-task', {
      args: {task_id: 'any-task'},
      flags: {'repo-path': 'folder'},
    })
  })

  it('has a command for every file in src/commands, and no other', () => {
    const files = readdirSync(path.join(checkout, 'src/commands'), {recursive: true, encoding: 'utf8'})
    const ids = files
      .filter(file => file.endsWith('.ts'))
      .map(file => file.slice(0, -'.ts'.length).replaceAll('/', ':'))
    const manifest = JSON.parse(readFileSync(path.join(checkout, 'oclif.manifest.json'), 'utf8')) as {commands: object}
    expect(Object.keys(manifest.commands).toSorted()).to.deep.equal(ids.toSorted())
  })
})
