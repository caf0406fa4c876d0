// What is tried for each key of the host configuration, in the file and as a variable. A key without an entry makes the test fail.

/** A value as it is written, and what the sentence says of it. */
export type Value = [written: string, shown: string]

export interface KeyEntry {
  accepted: string
  /** As in the file, after `key = `. */
  file: Value[]
  /** As text; an empty variable is one that is not set. */
  variable: Value[]
}

const BELL = '\u0007'
/** What the system lets a process have in one variable is 128 KiB. */
const LONG = 'x'.repeat(100_000)
/** The file as a whole may have 1,000,000 bytes. */
const HUGE = 'x'.repeat(900_000)
const cut = (text: string) => `"${text.slice(0, 79)}…`

const noText: Value[] = [
  ['7', '7'],
  ['true', 'true'],
  ['["a"]', '["a"]'],
  ['{a = 1}', '{"a":1}'],
  ['1979-05-27', '1979-05-27'],
  ['""', '""'],
  ['"a\\u0007b"', '"a\\u0007b"'],
  ['"a\\nb"', '"a\\nb"'],
]

const longText: Value = [`"${HUGE}"`, cut(HUGE)]

function aProgram(): KeyEntry {
  return {
    accepted: `a program's name, an absolute path, or one that begins with ~/`,
    file: [
      ...noText,
      longText,
      ['"/usr/bin/a\\u0007b"', '"/usr/bin/a\\u0007b"'],
      ['"bin/codex"', '"bin/codex"'],
      ['"../codex"', '"../codex"'],
      ['"--exec-path=/x"', '"--exec-path=/x"'],
      [`"/${HUGE}"`, cut(`/${HUGE}`)],
    ],
    variable: [
      ['bin/codex', '"bin/codex"'],
      ['./codex', '"./codex"'],
      ['-x', '"-x"'],
      [' codex', '" codex"'],
      [`a${BELL}b`, '"a\\u0007b"'],
      [`/a\nb`, '"/a\\nb"'],
      [LONG, cut(LONG)],
      [`/${LONG}`, cut(`/${LONG}`)],
    ],
  }
}

function aModel(): KeyEntry {
  return {
    accepted: 'the name of a model',
    file: [...noText, longText, ['"--model"', '"--model"'], ['"a b"', '"a b"']],
    variable: [
      ['--yolo', '"--yolo"'],
      ['a b', '"a b"'],
      [`a${BELL}`, '"a\\u0007"'],
      ['/etc/passwd', '"/etc/passwd"'],
      [LONG, cut(LONG)],
    ],
  }
}

function aNumber(min: number, max: number, {whole = false} = {}): KeyEntry {
  const below = String(min === 0 ? -1 : 0)
  const above = `${max}0`
  return {
    accepted: `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`,
    file: [
      ['true', 'true'],
      ['[1]', '[1]'],
      ['"1"', '"1"'],
      ['""', '""'],
      ['"a\\u0007b"', '"a\\u0007b"'],
      longText,
      ['nan', 'null'],
      ['inf', 'null'],
      ['-inf', 'null'],
      [below, below],
      [above, above],
      ...(whole ? ([['10.5', '10.5']] satisfies Value[]) : []),
    ],
    variable: [
      ['many', '"many"'],
      ['0x10', '"0x10"'],
      ['1e3', '"1e3"'],
      ['1,5', '"1,5"'],
      ['NaN', '"NaN"'],
      ['Infinity', '"Infinity"'],
      [below, `"${below}"`],
      [above, `"${above}"`],
      [`1${BELL}`, '"1\\u0007"'],
      [LONG, cut(LONG)],
      ['9'.repeat(400), cut('9'.repeat(400))],
      ...(whole ? ([['10.5', '"10.5"']] satisfies Value[]) : []),
    ],
  }
}

export const KEYS: Record<string, KeyEntry> = {
  terminal_backend: {
    accepted: 'auto, desktop, tmux or the name of an installed terminal',
    file: [...noText, longText, ['"Tmux"', '"Tmux"'], ['"../tmux"', '"../tmux"']],
    variable: [
      ['X Term', '"X Term"'],
      ['TMUX', '"TMUX"'],
      [`tmux${BELL}`, '"tmux\\u0007"'],
      [LONG, cut(LONG)],
    ],
  },
  codex_executable: aProgram(),
  git_executable: aProgram(),
  codex_args: {
    accepted: 'a list of arguments of at most 64 KiB each, such as ["--yolo"]',
    file: [
      ['"--yolo"', '"--yolo"'],
      ['""', '""'],
      ['7', '7'],
      ['[1]', '[1]'],
      ['["--yolo", 1]', '["--yolo",1]'],
      ['[["--yolo"]]', '[["--yolo"]]'],
      ['[""]', '[""]'],
      ['["a\\u0000b"]', '["a\\u0000b"]'],
      [`["${HUGE}"]`, `["${HUGE.slice(0, 78)}…`],
    ],
    variable: [
      ['--yolo', '"--yolo"'],
      ['{}', '"{}"'],
      ['"--yolo"', '"\\"--yolo\\""'],
      ['[1]', '"[1]"'],
      ['["--yolo"', '"[\\"--yolo\\""'],
      ['[""]', '"[\\"\\"]"'],
      [`["a${BELL}b"]`, '"[\\"a\\u0007b\\"]"'],
      [`["${LONG}"]`, `"[\\"${LONG.slice(0, 76)}…`],
    ],
  },
  worktrees_base_dir: {
    accepted: 'an absolute folder, or one that begins with ~/',
    file: [
      ...noText,
      longText,
      ['"trees"', '"trees"'],
      ['"../trees"', '"../trees"'],
      ['"~ada/trees"', '"~ada/trees"'],
      ['"/trees\\u0007"', '"/trees\\u0007"'],
      [`"/${HUGE}"`, cut(`/${HUGE}`)],
    ],
    variable: [
      ['trees', '"trees"'],
      ['~', '"~"'],
      ['$HOME/trees', '"$HOME/trees"'],
      [`/trees${BELL}`, '"/trees\\u0007"'],
      ['/a\nb', '"/a\\nb"'],
      [`/${LONG}`, cut(`/${LONG}`)],
    ],
  },
  planner_model: aModel(),
  worker_model: aModel(),
  max_heavy_leases: aNumber(1, 1024, {whole: true}),
  heavy_commands: {
    accepted: 'a list of at most 50 commands, each one or more plain words, such as ["npm test", "make"]',
    file: [
      ['"make"', '"make"'],
      ['""', '""'],
      ['7', '7'],
      ['[1]', '[1]'],
      ['["make", 1]', '["make",1]'],
      ['[["make"]]', '[["make"]]'],
      ['[""]', '[""]'],
      ['[" make"]', '[" make"]'],
      ['["npm  test"]', '["npm  test"]'],
      ['["-j"]', '["-j"]'],
      ['["CI=1 make"]', '["CI=1 make"]'],
      ['["make\\n"]', '["make\\n"]'],
      ['["make; ls"]', '["make; ls"]'],
      [`["sh -c 'x'"]`, `["sh -c 'x'"]`],
      ['["$MAKE"]', '["$MAKE"]'],
      ['["a.*"]', '["a.*"]'],
      ['["a\\u0000b"]', '["a\\u0000b"]'],
      [`["${'x'.repeat(101)}"]`, `["${'x'.repeat(78)}…`],
      [`["${HUGE}"]`, `["${HUGE.slice(0, 78)}…`],
      [`[${Array.from({length: 51}, () => '"make"').join(', ')}]`, `[${'"make",'.repeat(12).slice(0, 79)}…`],
    ],
    variable: [
      ['make', '"make"'],
      ['npm test', '"npm test"'],
      ['{}', '"{}"'],
      ['"make"', '"\\"make\\""'],
      ['["make"', '"[\\"make\\""'],
      ['[""]', '"[\\"\\"]"'],
      [`["a${BELL}b"]`, '"[\\"a\\u0007b\\"]"'],
      [`["${LONG}"]`, `"[\\"${LONG.slice(0, 76)}…`],
    ],
  },
  max_loadavg_1: aNumber(0.01, 10_000),
  min_mem_available_gb: aNumber(0, 65_536),
  worker_spawn_max_loadavg_1: aNumber(0.01, 10_000),
  worker_spawn_min_mem_available_gb: aNumber(0, 65_536),
  max_cpu_pressure: aNumber(0.01, 100),
  max_memory_pressure: aNumber(0.01, 100),
  worker_spawn_max_cpu_pressure: aNumber(0.01, 100),
  worker_spawn_max_memory_pressure: aNumber(0.01, 100),
  lease_ttl_seconds: aNumber(10, 604_800, {whole: true}),
  stall_after_seconds: aNumber(1, 604_800, {whole: true}),
}
