// One entry for each command; one list for each of its arguments and flags. A command, argument or flag without one makes the test fail.
import {
  aChoice,
  aChosenWord,
  aCursor,
  aDependency,
  aLeaseId,
  aLine,
  aNumber,
  aRepository,
  aScope,
  aSessionFlag,
  aSessionName,
  aSnapshotId,
  aSwitch,
  aTarget,
  aTaskId,
  aText,
  aWriteScope,
  MIB,
  manyOf,
  missing,
  noSession,
  type Row,
} from './kinds.ts'

export interface Entry {
  /** What a good call has: its arguments, and the flags it cannot do without. */
  args?: string[]
  flags?: Record<string, string>
  /** By the argument's name or the flag, without `--json` and `--repo-path`. */
  rows: Record<string, Row[]>
  /** Where `--repo-path` is answered in its own way. */
  repository?: Row[]
}

const STATUSES = 'todo, in_progress, blocked, needs_input, review_ready, done, cancelled'
const PRIORITIES = 'low, normal, high'
const FORMATS = 'table, yaml, json'
const ANY_OFFSET = Number.MAX_SAFE_INTEGER

const line = (flag: string, field: string, max: number): Row[] => [
  [`without a value`, [flag], 2, 'INVALID_ARGUMENT', `Flag ${flag} expects a value.`],
  ...aLine(value => [`${flag}=${value}`], field, max),
]

const closing = {
  '--task-status': [
    ...aChoice('--task-status', STATUSES),
    [
      'one that its task cannot have',
      ['--task-status=done'],
      1,
      'INVALID_TRANSITION',
      'TASK-002 is in_progress and cannot become done.',
    ] satisfies Row,
  ],
  '--keep-terminal-running': aSwitch('--keep-terminal-running'),
}

const page = {
  '--limit': aNumber('--limit', 1, 200),
  '--cursor': aCursor('--cursor'),
  '--format': aChoice('--format', FORMATS),
}

const HOLDERS =
  'A lease is held by planner, by a worker such as worker-task-001, or by operator, who is you in your own shell.'
const purpose: Row[] = [missing('Missing required flag purpose.'), ...line('--purpose', 'purpose', 200)]

export const ENTRIES: Record<string, Entry> = {
  'acquire-lease': {
    flags: {'--session-name': 'operator', '--purpose': 'tests'},
    rows: {
      '--session-name': [missing('Missing required flag session-name.'), ...aSessionFlag('--session-name', HOLDERS)],
      '--purpose': purpose,
    },
  },
  attach: {rows: {session_name: aSessionName({optional: true})}},
  autocomplete: {
    rows: {
      shell: [
        ...aChosenWord('bash, zsh, fish'),
        ['given twice', ['bash', 'zsh'], 2, 'INVALID_ARGUMENT', 'Unexpected argument: zsh.'],
      ],
      '--script': aSwitch('--script'),
    },
  },
  clean: {rows: {'--apply': aSwitch('--apply'), '--empty-trash': aSwitch('--empty-trash')}},
  'close-session': {
    args: ['worker-task-002'],
    rows: {
      session_name: [
        ...aSessionName(),
        [
          'of the planner, with a status for its task',
          ['planner', '--task-status=done'],
          2,
          'INVALID_ARGUMENT',
          'planner has no task whose status could change.',
        ],
      ],
      ...closing,
    },
  },
  'close-worker': {
    args: ['worker-task-002'],
    rows: {
      session_name: [
        ...aSessionName(),
        ['of the planner', ['planner'], 2, 'INVALID_ARGUMENT', 'planner is no worker.'],
      ],
      ...closing,
    },
  },
  'create-task': {
    args: ['Refuse empty names'],
    rows: {
      title: [missing('Missing: title.'), ...aLine(value => ['--', value], 'title', 200)],
      '--description': aText('--description', 'description', 65_536).filter(([what]) => what !== 'empty'),
      '--write-scope': aWriteScope('--write-scope'),
      '--read-scope': aScope('--read-scope', 'read_scope'),
      '--acceptance': [...aText('--acceptance', 'acceptance', 2000), manyOf('--acceptance', 'acceptance', 100)],
      '--priority': aChoice('--priority', PRIORITIES),
      '--depends-on': aDependency('--depends-on'),
    },
  },
  dashboard: {rows: {}},
  // What is no repository is a finding there, like others.
  doctor: {rows: {}, repository: aRepository().filter(([, , exit]) => exit === 2)},
  init: {rows: {}},
  launch: {rows: {'--new-session': aSwitch('--new-session')}},
  'list-leases': {rows: page},
  'list-sessions': {rows: {'--active-only': aSwitch('--active-only'), ...page}},
  'list-tasks': {
    rows: {
      '--status': aChoice('--status', STATUSES),
      '--owner': line('--owner', 'owner', 64),
      '--ready': aSwitch('--ready'),
      '--all': aSwitch('--all'),
      ...page,
    },
  },
  // It explains where to begin there too.
  quickstart: {rows: {}, repository: aRepository().filter(([, , exit]) => exit === 2)},
  'release-lease': {
    args: ['HEAVY-00000000'],
    rows: {
      lease_id: aLeaseId(),
    },
  },
  'request-input': {
    flags: {'--session-name': 'worker-task-002', '--summary': 'Which one?'},
    rows: {
      '--session-name': [
        missing('Missing required flag session-name.'),
        ...aSessionFlag('--session-name'),
        noSession(['--session-name=worker-task-999']),
      ],
      '--summary': [missing('Missing required flag summary.'), ...aText('--summary', 'summary', 2000)],
      '--detail': [...aText('--detail', 'detail', 8192), manyOf('--detail', 'detail', 50)],
      '--recommended-next-step': aText('--recommended-next-step', 'recommended_next_step', 2000),
      '--close-session': aSwitch('--close-session'),
    },
  },
  'request-review': {
    args: ['TASK-002'],
    rows: {
      task_id: aTaskId(),
      '--summary': aText('--summary', 'summary', 2000),
      '--detail': [...aText('--detail', 'detail', 8192), manyOf('--detail', 'detail', 50)],
      '--force': aSwitch('--force'),
    },
  },
  resources: {rows: {}},
  'restore-snapshot': {
    args: ['worker-task-001/19990131T120000-000Z'],
    flags: {'--to': '/nowhere/at/all'},
    rows: {snapshot_id: aSnapshotId(), '--to': aTarget('--to')},
  },
  'resume-task': {
    args: ['TASK-003'],
    flags: {'--note': 'Go on.'},
    rows: {
      task_id: aTaskId(),
      '--note': [
        missing('Missing required flag note.'),
        ...aText('--note', 'note', 8192),
        manyOf('--note', 'note', 50),
      ],
    },
  },
  run: {
    flags: {'--purpose': 'tests'},
    rows: {
      '--purpose': purpose,
      '--session-name': aSessionFlag('--session-name', HOLDERS),
      command: [
        missing('The command to run comes after two dashes, and nothing else before them.'),
        ...[['true'], ['a\u0007b'], [MIB], ['--', '']].map(
          (words): Row => [
            `as ${JSON.stringify(words).slice(0, 20)}`,
            words,
            2,
            'INVALID_ARGUMENT',
            'The command to run comes after two dashes',
          ],
        ),
      ],
    },
    // Whatever keeps a command from being started is exit code 3.
    repository: aRepository().map(([what, words, exit, code, says]) => [
      what,
      [...words, '--', 'true'],
      exit === 1 ? 3 : exit,
      code,
      says,
    ]),
  },
  'serve-mcp': {
    rows: {
      '--role': [
        ...aChoice('--role', 'planner, worker, observer'),
        [
          'of a worker without its session',
          ['--role=worker'],
          2,
          'INVALID_ARGUMENT',
          'The tools of a worker need its --session: they act for that session alone.',
        ],
        [
          'of a worker for the planner',
          ['--role=worker', '--session=planner'],
          2,
          'INVALID_ARGUMENT',
          'The tools of a worker need its --session: they act for that session alone.',
        ],
      ],
      '--session': aSessionFlag('--session'),
    },
  },
  'show-handoff': {
    args: ['TASK-001'],
    rows: {
      task_id: aTaskId(),
      '--offset': aNumber('--offset', 0, ANY_OFFSET),
      '--path-only': aSwitch('--path-only'),
    },
  },
  'show-prompt': {
    args: ['worker-task-002'],
    rows: {
      session_name: aSessionName(),
      '--offset': aNumber('--offset', 0, ANY_OFFSET),
      '--path-only': aSwitch('--path-only'),
    },
  },
  'show-session': {args: ['worker-task-002'], rows: {session_name: aSessionName()}},
  'show-task': {args: ['TASK-001'], rows: {task_id: aTaskId()}},
  shutdown: {rows: {}},
  // What a session of another board left is listed too.
  snapshots: {rows: {session_name: aSessionName({optional: true}).filter(([, , exit]) => exit === 2), ...page}},
  'spawn-worker': {args: ['TASK-001'], rows: {task_id: aTaskId(), '--force': aSwitch('--force')}},
  'start-planner': {rows: {'--new-session': aSwitch('--new-session')}},
  suspend: {rows: {}},
  'update-task': {
    args: ['TASK-001'],
    rows: {
      task_id: aTaskId(),
      '--title': line('--title', 'title', 200),
      '--description': aText('--description', 'description', 65_536).filter(([what]) => what !== 'empty'),
      '--status': [
        ...aChoice('--status', STATUSES),
        [
          'one that it cannot have',
          ['--status=done'],
          1,
          'INVALID_TRANSITION',
          'TASK-001 is todo and cannot become done.',
        ],
      ],
      '--owner': [
        ...line('--owner', 'owner', 64),
        [
          'beside --clear-owner',
          ['--owner=ada', '--clear-owner'],
          2,
          'INVALID_ARGUMENT',
          '--clear-owner=true cannot also be provided when using --owner.',
        ],
      ],
      '--clear-owner': aSwitch('--clear-owner'),
      '--priority': aChoice('--priority', PRIORITIES),
      '--write-scope': aWriteScope('--write-scope'),
      '--clear-write-scope': aSwitch('--clear-write-scope'),
      '--read-scope': aScope('--read-scope', 'read_scope'),
      '--clear-read-scope': aSwitch('--clear-read-scope'),
      '--acceptance': [...aText('--acceptance', 'acceptance', 2000), manyOf('--acceptance', 'acceptance', 100)],
      '--clear-acceptance': aSwitch('--clear-acceptance'),
      '--depends-on': [
        ...aDependency('--depends-on'),
        ['on itself', ['--depends-on=TASK-001'], 2, 'INVALID_ARGUMENT', 'TASK-001 would depend on itself.'],
      ],
      '--clear-depends-on': aSwitch('--clear-depends-on'),
    },
  },
  'wait-events': {
    flags: {'--after': '0'},
    rows: {
      '--after': [missing('Missing required flag after.'), ...aNumber('--after', 0, ANY_OFFSET)],
      '--timeout': aNumber('--timeout', 1, 86_400),
    },
  },
}

/** With every command that has it. */
export const COMMON: Record<string, Row[]> = {'--json': aSwitch('--json'), '--repo-path': aRepository()}
