import {boolean, option, string} from '@oclif/core/flags'
import {expect} from 'chai'

import {sessionName, taskId} from '../../src/args.ts'
import type {Access} from '../../src/domain/role.ts'
import {choice, choices, force, format, integer, repeatable} from '../../src/flags.ts'
import {INSTRUCTIONS} from '../../src/mcp/instructions.ts'
import {asToolCall} from '../../src/mcp/suggestion.ts'
import {toArgv, toTool} from '../../src/mcp/tool.ts'
import {PlannerCommand} from '../../src/planner-command.ts'

class EveryKind extends PlannerCommand<object> {
  static override id = 'every-kind'
  static override summary = 'One flag of every kind.'
  static override description =
    'Shown by <%= config.bin %> <%= command.id %>; then codex-planner list-tasks, never codex-planner shutdown.'
  static override access: Access = 'plan'
  static override tool = {destructive: true, idempotent: true, without: ['for-terminals']}
  static override args = {task_id: taskId({required: true}), session_name: sessionName()}
  static override flags = {
    title: string({required: true, summary: 'Words.'}),
    note: repeatable({summary: 'A note.'}),
    limit: integer({summary: 'Entries at most.', min: 1, max: 200, default: 50}),
    priority: choice(['low', 'high'], {summary: 'How soon.'}),
    status: choices(['ready', 'done'], {summary: 'Which.'}),
    sort: option({options: ['id', 'age'] as const, default: 'id', summary: 'Order.'})(),
    'active-only': boolean({summary: 'Only those that run.'}),
    colour: boolean({allowNo: true, summary: 'With colour.'}),
    owner: string({default: async () => 'somebody', summary: 'Whose.'}),
    old: string({deprecated: true, summary: 'As before.'}),
    short: Object.assign(string({summary: 'A little.'}), {maxLength: 20}),
    'for-terminals': boolean({summary: 'Bold.'}),
    secret: string({hidden: true}),
    ...force,
    ...format,
  }

  async execute(): Promise<object> {
    return this.parse(EveryKind)
  }

  render(): string {
    return ''
  }
}

const NAMES = new Map([
  ['every-kind', 'every_kind'],
  ['list-tasks', 'list_tasks'],
])

function everyKind(statics: Record<string, unknown> = {}) {
  const Command = class extends EveryKind {}
  Object.assign(Command, statics)
  return toTool(Command, 'codex-planner', NAMES)
}

describe('a command as a tool', () => {
  it('has every flag and positional as an argument, and none that is for people or terminals', () => {
    expect(everyKind().listing.inputSchema).to.deep.equal({
      type: 'object',
      properties: {
        repo_path: {
          type: 'string',
          description: 'Absolute path of any folder of the repository; default: the one this server works on.',
          maxLength: 4096,
        },
        task_id: {type: 'string', maxLength: 65_536, description: 'The task, for example TASK-001.'},
        session_name: {
          type: 'string',
          maxLength: 65_536,
          description: 'The session, for example planner or worker-task-001.',
        },
        title: {type: 'string', maxLength: 65_536, description: 'Words.'},
        note: {type: 'array', items: {type: 'string', maxLength: 65_536}, maxItems: 100, description: 'A note.'},
        limit: {type: 'integer', minimum: 1, maximum: 200, description: 'Entries at most (1 to 200).', default: 50},
        priority: {type: 'string', enum: ['low', 'high'], description: 'How soon.'},
        status: {type: 'array', items: {type: 'string', enum: ['ready', 'done']}, maxItems: 100, description: 'Which.'},
        sort: {type: 'string', enum: ['id', 'age'], description: 'Order.', default: 'id'},
        active_only: {type: 'boolean', description: 'Only those that run.'},
        colour: {type: 'boolean', description: 'With colour.'},
        owner: {type: 'string', maxLength: 65_536, description: 'Whose.'},
        old: {type: 'string', maxLength: 65_536, description: 'As before.', deprecated: true},
        short: {type: 'string', maxLength: 20, description: 'A little.'},
      },
      required: ['task_id', 'title'],
      additionalProperties: false,
    })
  })

  it('names repo_path first', () => {
    expect(Object.keys(everyKind().listing.inputSchema.properties)[0]).to.equal('repo_path')
  })

  it('is called as its command in snake case, unless the command says otherwise', () => {
    expect(everyKind().name).to.equal('every_kind')
    expect(everyKind({tool: {name: 'init_repo'}}).name).to.equal('init_repo')
  })

  it('says what the command says, in the words of tools', () => {
    expect(everyKind().listing.description).to.equal(
      'One flag of every kind.\nShown by every_kind; then list_tasks, never codex-planner shutdown.',
    )
  })

  const hints: {statics: Record<string, unknown>; readOnly: boolean; destructive: boolean; idempotent: boolean}[] = [
    {statics: {access: 'read', tool: {}}, readOnly: true, destructive: false, idempotent: true},
    {statics: {access: 'read', tool: {writes: true}}, readOnly: false, destructive: false, idempotent: false},
    {statics: {access: 'work', tool: {}}, readOnly: false, destructive: false, idempotent: false},
    {statics: {access: 'plan', tool: {idempotent: true}}, readOnly: false, destructive: false, idempotent: true},
    {statics: {access: 'plan', tool: {destructive: true}}, readOnly: false, destructive: true, idempotent: false},
  ]
  for (const {statics, readOnly, destructive, idempotent} of hints) {
    it(`hints honestly at ${JSON.stringify(statics)}`, () => {
      expect(everyKind(statics).listing.annotations).to.deep.equal({
        title: 'One flag of every kind',
        readOnlyHint: readOnly,
        destructiveHint: destructive,
        idempotentHint: idempotent,
        openWorldHint: false,
      })
    })
  }
})

describe('the command line of a call', () => {
  const lines: {input: Record<string, unknown>; argv: string[]}[] = [
    {input: {}, argv: ['--']},
    {input: {task_id: 'TASK-001'}, argv: ['--', 'TASK-001']},
    {input: {session_name: 'planner', task_id: '--force'}, argv: ['--', '--force', 'planner']},
    {input: {title: '--json'}, argv: ['--title=--json', '--']},
    {input: {title: 'a=b\nc'}, argv: ['--title=a=b\nc', '--']},
    {input: {note: ['-x', '']}, argv: ['--note=-x', '--note=', '--']},
    {input: {limit: 5}, argv: ['--limit=5', '--']},
    {input: {active_only: true}, argv: ['--active-only', '--']},
    {input: {active_only: false}, argv: ['--']},
    {input: {colour: false}, argv: ['--no-colour', '--']},
    {input: {repo_path: '/r'}, argv: ['--repo-path=/r', '--']},
  ]
  for (const {input, argv} of lines) {
    it(`of ${JSON.stringify(input)}`, () => {
      expect(toArgv(everyKind(), input)).to.deep.equal(argv)
    })
  }
})

describe('a suggestion to the caller of a tool', () => {
  const suggestions: {cli: string; tool: string | null}[] = [
    {cli: 'codex-planner every-kind', tool: 'every_kind'},
    {
      cli: 'codex-planner every-kind TASK-001 planner',
      tool: 'every_kind {"task_id":"TASK-001","session_name":"planner"}',
    },
    {
      cli: `codex-planner every-kind --note 'two words' --note="b" --limit 5 --active-only`,
      tool: 'every_kind {"note":["two words","b"],"limit":5,"active_only":true}',
    },
    {cli: 'codex-planner every-kind TASK-001 --force', tool: null},
    {cli: 'codex-planner every-kind one two three', tool: null},
    {cli: 'codex-planner every-kind --note', tool: null},
    {cli: 'codex-planner shutdown', tool: null},
    {cli: 'codex-planner', tool: null},
    {cli: 'git status --short', tool: 'git status --short'},
  ]
  for (const {cli, tool} of suggestions) {
    it(`${cli} becomes ${tool}`, () => {
      expect(asToolCall(cli, 'codex-planner', [everyKind()])).to.equal(tool)
    })
  }
})

describe('the instructions of the tool server', () => {
  for (const role of ['planner', 'worker', 'observer'] as const) {
    it(`fit where Codex cuts, and begin with the tools of a ${role}`, () => {
      expect(INSTRUCTIONS[role].length).to.be.at.most(250)
      expect(INSTRUCTIONS[role]).to.match(/^[a-z]+_[a-z]+, /)
    })
  }
})
