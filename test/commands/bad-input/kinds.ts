// What is tried for each kind of argument and flag, and what the program says to it. Every sentence is written out here or in `rows.ts`.
import type {ErrorCode} from '../../../src/domain/errors.ts'

/** One bad call: what is wrong, the words that make it so, and how it ends. `says` is a part of the sentence. */
export type Row = [what: string, words: string[], exit: 1 | 2 | 3, code: ErrorCode, says: string]

export const MIB = 'x'.repeat(2 ** 20)
const BELL = '\u0007'
const NUL = '\0'

const wrong = (what: string, words: string[], says: string): Row => [what, words, 2, 'INVALID_ARGUMENT', says]

/** A flag with this value in one word, so that a value may look like a flag. */
const given = (flag: string, value: string): string[] => [`${flag}=${value}`]

export const missing = (says: string): Row => wrong('left out', [], says)

/** A flag that takes no value. */
export function aSwitch(flag: string): Row[] {
  const says = `${flag} takes no value: give it, or leave it out.`
  return [
    wrong('with a value', [`${flag}=no`], says),
    wrong('with an empty value', [`${flag}=`], says),
    wrong('with 1 MiB', [`${flag}=${MIB}`], says),
  ]
}

export function aChoice(flag: string, values: string): Row[] {
  const says = `to be one of: ${values}.`
  return [
    wrong('without a value', [flag], `Flag ${flag} expects one of these values: ${values}.`),
    wrong('empty', given(flag, ''), `Expected ${flag}= ${says}`),
    wrong('unknown', given(flag, 'urgent'), `Expected ${flag}=urgent ${says}`),
    wrong('in capitals', given(flag, values.split(', ')[0]?.toUpperCase() ?? ''), says),
    wrong('with a control character', given(flag, `a${BELL}b`), `Expected ${flag}=a\\u{7}b ${says}`),
    wrong('with 1 MiB', given(flag, MIB), says),
  ]
}

/** An argument with a choice of values. */
export function aChosenWord(values: string): Row[] {
  const says = `to be one of: ${values}`
  return [
    wrong('empty', [''], `Expected  ${says}`),
    wrong('unknown', ['urgent'], `Expected urgent ${says}`),
    wrong('in capitals', [values.split(', ')[0]?.toUpperCase() ?? ''], says),
    wrong('with a control character', [`a${BELL}b`], says),
    wrong('with 1 MiB', [MIB], says),
  ]
}

export function aNumber(flag: string, min: number, max: number): Row[] {
  const says = (got: string) => `${flag}: Expected a whole number from ${min} to ${max}, got "${got}".`
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    wrong('empty', given(flag, ''), says('')),
    wrong('a word', given(flag, 'ten'), says('ten')),
    wrong('a part', given(flag, '1.5'), says('1.5')),
    wrong('in another notation', given(flag, '0x10'), says('0x10')),
    wrong('with a blank', given(flag, ' 1'), says(' 1')),
    wrong('too small', given(flag, String(min - 1)), says(String(min - 1))),
    wrong('too large', given(flag, `${max}0`), says(`${max}0`)),
    wrong('with a control character', given(flag, `1${BELL}`), 'got "1\\u0007".'),
    wrong('with 1 MiB', given(flag, MIB), says('x'.repeat(40))),
  ]
}

/** Text of one line; `field` is what the sentence calls it. */
export function aLine(words: (value: string) => string[], field: string, max: number): Row[] {
  const oneLine = `${field} must be one line without control characters.`
  return [
    wrong('empty', words(''), `${field} is empty.`),
    wrong('blank', words(' \t'), `${field} is empty.`),
    wrong('of two lines', words('a\nb'), oneLine),
    wrong('with a bell', words(`a${BELL}b`), oneLine),
    wrong('with an escape sequence', words('\u001b[2Ja'), oneLine),
    wrong('with NUL', words(`a${NUL}b`), `${field} holds a character that is not text (NUL or half of a pair).`),
    wrong(
      'with half of a pair',
      words('a\ud800'),
      `${field} holds a character that is not text (NUL or half of a pair).`,
    ),
    wrong(
      'one character too long',
      words('x'.repeat(max + 1)),
      `${field} has ${max + 1} characters; at most ${max} are kept.`,
    ),
    wrong('with 1 MiB', words(MIB), `${field} has 1048576 characters; at most ${max} are kept.`),
  ]
}

/** Text of any number of lines. Other control characters than NUL are kept, and shown written out. */
export function aText(flag: string, field: string, max: number): Row[] {
  const noText = `${field} holds a character that is not text (NUL or half of a pair).`
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    wrong('empty', given(flag, ''), `${field} is empty.`),
    wrong('blank', given(flag, ' \n'), `${field} is empty.`),
    wrong('with NUL', given(flag, `a\n${NUL}`), noText),
    wrong('with half of a pair', given(flag, '\udc00'), noText),
    wrong(
      'one character too long',
      given(flag, 'x'.repeat(max + 1)),
      `${field} has ${max + 1} characters; at most ${max} are kept.`,
    ),
    wrong('with 1 MiB', given(flag, MIB), `${field} has 1048576 characters; at most ${max} are kept.`),
  ]
}

/** What only flags have that may be given several times. */
export function manyOf(flag: string, field: string, max: number): Row {
  const words = Array.from({length: max + 1}, (_, index) => `${flag}=x${index}`)
  return wrong('too often', words, `${field} has ${max + 1} entries; at most ${max} are kept.`)
}

/** Paths inside the repository. */
export function aScope(flag: string, field: string): Row[] {
  const outside = (scope: string) =>
    wrong(
      `outside the repository: ${scope}`,
      given(flag, scope),
      `${field} holds ${JSON.stringify(scope)}; a scope is relative to the repository and stays inside it.`,
    )
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    ...aLine(value => given(flag, value), field, 512),
    ...['/etc/passwd', '/', '../other', 'src/../../other', '..', '~/.ssh/config'].map(outside),
    manyOf(flag, field, 100),
  ]
}

/** What Codex, git and this program are steered by. */
export function aWriteScope(flag: string): Row[] {
  const steers = (scope: string) =>
    wrong(
      `what steers tools: ${scope}`,
      given(flag, scope),
      `write_scope holds ${JSON.stringify(scope)}; .git, .codex, .agents are not for workers.`,
    )
  const scopes = [
    '.git/hooks/pre-commit',
    './.git/config',
    '.codex/board/tasks.yaml',
    '.CODEX/config.toml',
    '.agents/x',
  ]
  return [...aScope(flag, 'write_scope'), ...scopes.map(steers)]
}

const NO_TASK_ID = 'A task id looks like TASK-001.'
const NO_SESSION = 'A session is called planner or worker-task-001.'

const NOT_IDS: readonly [what: string, id: string][] = [
  ['empty', ''],
  ['in small letters', 'task-001'],
  ['with digits of another script', 'TASK-\uff10\uff10\uff11'],
  ['a path', '../../../etc/passwd'],
  ['an id and a path', 'TASK-001/../../x'],
  ['an id and a line feed', 'TASK-001\n'],
  ['an id and more YAML', 'TASK-001\n---\nstatus: done'],
  ['with a bell', `TASK-001${BELL}`],
  ['a list of ids', 'TASK-001,TASK-002'],
  ['with 1 MiB', MIB],
]

export function aTaskId(): Row[] {
  return [
    missing('Missing: task_id.'),
    ...NOT_IDS.map(([what, id]) => wrong(what, [id], NO_TASK_ID)),
    ['of no task', ['TASK-999'], 1, 'TASK_NOT_FOUND', 'There is no task TASK-999 on this board.'],
    wrong('given twice', ['TASK-001', 'TASK-002'], 'Unexpected argument: TASK-002.'),
  ]
}

/** Names of sessions that are none; what a terminal or a shell would take for something else. */
const NOT_NAMES: readonly [what: string, name: string][] = [
  ['empty', ''],
  ['a target of tmux', 'planner:0.1'],
  ['the target of tmux that means the last', '{last}'],
  ['a command for a shell', 'planner;touch x'],
  ['a substitution for a shell', '$(id)'],
  ['a path', '../planner'],
  ['in capitals', 'PLANNER'],
  ['with another hyphen', 'worker\u2011task\u2011001'],
  ['with a line feed', 'planner\n'],
  ['with a bell', `planner${BELL}`],
  ['with 1 MiB', MIB],
]

const noSession = (words: string[]): Row => [
  'of no session',
  words,
  1,
  'SESSION_NOT_FOUND',
  'There is no session worker-task-999 on this board.',
]

export function aSessionName({optional = false} = {}): Row[] {
  return [
    ...(optional ? [] : [missing('Missing: session_name.')]),
    ...NOT_NAMES.map(([what, name]) => wrong(what, [name], NO_SESSION)),
    noSession(['worker-task-999']),
    wrong('given twice', ['planner', 'worker-task-002'], 'Unexpected argument: worker-task-002.'),
  ]
}

/** The name of a session as a flag; `says` is what it is told to be. */
export function aSessionFlag(flag: string, says = NO_SESSION): Row[] {
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    ...NOT_NAMES.map(([what, name]) => wrong(what, given(flag, name), `${flag}: ${says}`)),
  ]
}

export function aLeaseId(): Row[] {
  const says = 'A lease is called HEAVY-1234abcd: eight digits or letters a to f.'
  return [
    missing('Missing: lease_id.'),
    ...[...NOT_NAMES, ...NOT_IDS].map(([what, id]) => wrong(`like no lease: ${what}`, [id], says)),
    wrong('in capitals', ['HEAVY-1234ABCD'], says),
    ['of no lease', ['HEAVY-00000000'], 1, 'LEASE_NOT_FOUND', 'HEAVY-00000000'],
    wrong('given twice', ['HEAVY-00000000', 'HEAVY-00000001'], 'Unexpected argument: HEAVY-00000001.'),
  ]
}

export function aSnapshotId(): Row[] {
  const says = 'A snapshot is called like worker-task-001/20260131T120000-000Z.'
  return [
    missing('Missing: snapshot_id.'),
    ...NOT_NAMES.map(([what, id]) => wrong(`like no snapshot: ${what}`, [id], says)),
    ...['worker-task-001', 'worker-task-001/..', 'refs/heads/main', 'worker-task-001/20260131T120000-000Z^', '-d'].map(
      id => wrong(`like no snapshot: ${id}`, ['--', id], says),
    ),
    [
      'of no snapshot',
      ['worker-task-001/19990131T120000-000Z'],
      1,
      'SNAPSHOT_NOT_FOUND',
      'There is no snapshot worker-task-001/19990131T120000-000Z.',
    ],
    wrong('given twice', Array(2).fill('worker-task-001/20260131T120000-000Z'), 'Unexpected argument: worker-task-001'),
  ]
}

/** A folder that a snapshot can be written into. */
export function aTarget(flag: string): Row[] {
  const refused = (what: string, folder: string, says: string): Row => [
    what,
    given(flag, folder),
    1,
    'SNAPSHOT_NOT_FOUND',
    says,
  ]
  return [
    missing('Missing required flag to.'),
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    wrong('empty', given(flag, ''), `${flag}: An empty path names nothing.`),
    wrong('blank', given(flag, '  '), `${flag}: An empty path names nothing.`),
    wrong('with NUL', given(flag, `/etc${NUL}`), `${flag}: A path holds no NUL.`),
    wrong('with 1 MiB', given(flag, `/${MIB}`), `${flag}: A path has at most 4096 bytes; this one has 1048577.`),
    refused('with a bell', `/no${BELL}where`, 'There is no snapshot'),
  ]
}

export {noSession}

export function aDependency(flag: string): Row[] {
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    ...aLine(value => given(flag, value), 'depends_on', 16),
    wrong('no id', given(flag, 'yes'), NO_TASK_ID),
    wrong('in small letters', given(flag, 'task-001'), NO_TASK_ID),
    ['of no task', given(flag, 'TASK-999'), 1, 'TASK_NOT_FOUND', 'There is no task TASK-999 on this board.'],
    manyOf(flag, 'depends_on', 100),
  ]
}

export function aCursor(flag: string): Row[] {
  const foreign = (what: string, value: string): Row => [
    what,
    given(flag, value),
    2,
    'CURSOR_INVALID',
    'That cursor is not from this list; leave it out to start from the beginning.',
  ]
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    foreign('empty', ''),
    foreign('a word', 'next'),
    foreign('a number', '7'),
    foreign('with a bell', BELL),
    foreign('with NUL', NUL),
    foreign('with 1 MiB', MIB),
  ]
}

/** With every command. */
export function aRepository(flag = '--repo-path'): Row[] {
  const none = (what: string, folder: string, says: string): Row => [
    what,
    given(flag, folder),
    1,
    'NOT_A_REPOSITORY',
    says,
  ]
  return [
    wrong('without a value', [flag], `Flag ${flag} expects a value.`),
    wrong('empty', given(flag, ''), `${flag}: An empty path names nothing.`),
    wrong('blank', given(flag, '  '), `${flag}: An empty path names nothing.`),
    wrong('with NUL', given(flag, `/etc${NUL}`), `${flag}: A path holds no NUL.`),
    wrong('with 1 MiB', given(flag, `/${MIB}`), `${flag}: A path has at most 4096 bytes; this one has 1048577.`),
    none('of no folder', '/nowhere/at all', 'There is no folder /nowhere/at all.'),
    none('with a bell', `/no${BELL}where`, 'There is no folder /no\\u{7}where.'),
    none('that looks like an option', '--upload-pack=touch x', '--upload-pack=touch x.'),
    none('outside of every repository', '/', '/ is not inside a Git repository.'),
    none('of a file', '/etc/passwd', '/etc/passwd is not inside a Git repository.'),
  ]
}
