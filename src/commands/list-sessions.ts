import {boolean} from '@oclif/core/flags'

import {kindOnRecord, troubleInShort} from '../domain/trouble-words.ts'
import {format, page} from '../flags.ts'
import {listOutput} from '../list-output.ts'
import {PlannerCommand} from '../planner-command.ts'
import {listSessions, type SessionPage, type SessionView} from '../services/sessions.ts'

const COLUMNS = [
  {title: 'SESSION', value: (session: SessionView) => session.name},
  {title: 'STATUS', value: (session: SessionView) => session.status},
  {title: 'PROCESS', value: (session: SessionView) => session.process.value, drop: 1},
  {
    title: 'TURN',
    value: (session: SessionView) =>
      session.process.value === 'gone' ? '-' : `${session.turn.value}${age(session.turn.age_seconds)}`,
    drop: 2,
  },
  {
    title: 'TASK',
    value: (session: SessionView) =>
      session.task_id === null ? '-' : `${session.task_id} ${session.task ?? ''}`.trim(),
  },
  {title: 'TERMINAL', value: (session: SessionView) => session.backend, drop: 3},
  {
    title: 'NEEDS',
    value: (session: SessionView) => (session.attention === null ? '-' : needs(session.attention)),
    flexible: true,
  },
]

function needs(attention: string): string {
  const kind = kindOnRecord(attention)
  return `${kind === undefined ? 'stands still' : troubleInShort(kind)}: show-session tells more`
}

function age(seconds: number | null): string {
  if (seconds === null) return ''
  if (seconds < 90) return ` ${seconds} s`
  return seconds < 5400 ? ` ${Math.round(seconds / 60)} min` : ` ${Math.round(seconds / 3600)} h`
}

export default class ListSessions extends PlannerCommand<SessionPage> {
  static override summary = 'List the planner and the workers, and how each stands.'
  static override description =
    'Three facts about each session: whether its process runs, whether its turn goes on, and where its task stands. What cannot be known is shown as unknown, never as gone. A long list comes in pages: ask again with the cursor it ends with.'
  static override examples = [
    '<%= config.bin %> list-sessions',
    '<%= config.bin %> list-sessions --active-only --format yaml',
  ]
  static override flags = {
    'active-only': boolean({summary: 'Only sessions that are starting or running.'}),
    ...page,
    ...format,
  }
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<SessionPage> {
    const {flags} = await this.parse(ListSessions)
    return listSessions(await this.project(flags), {
      activeOnly: flags['active-only'],
      limit: flags.limit,
      maxBytes: this.maxBytes,
      cursor: flags.cursor,
    })
  }

  async render(result: SessionPage): Promise<string> {
    const {flags} = await this.parse(ListSessions)
    const none = flags['active-only'] ? 'No session is active.' : 'No session is on this board.'
    const output = await listOutput(flags.format, result, result.sessions, {columns: COLUMNS, none})
    if (flags.format !== 'table' || result.next_cursor === null) return output
    return `${output}\nMore: codex-planner list-sessions${flags['active-only'] ? ' --active-only' : ''} --cursor ${result.next_cursor}`
  }
}
