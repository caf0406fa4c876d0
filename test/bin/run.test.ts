import {existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {putOnBoard} from '../commands/boards.ts'
import {type Machine, makeMachine, program, type Ran, runProgram} from '../commands/machine.ts'

const USAGE =
  'Run a team of Codex sessions on one Git repository: one planner you talk to, workers in their own worktrees.'

function expectFailure({code, signal, stdout, stderr}: Ran, exit: number, lines: string[]): void {
  expect({code, signal, stdout}).to.deep.equal({code: exit, signal: null, stdout: ''})
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .map(line => line.trim()),
  ).to.deep.equal(lines)
}

describe('codex-planner', () => {
  let machine: Machine
  let repo: string
  let nowhere: string

  before(async () => {
    machine = await makeMachine()
    nowhere = machine.home
    repo = await machine.repository('repo')
    await machine.json(['init'], {cwd: repo})
  })
  after(() => machine.close())

  describe('without a command', () => {
    for (const argv of [[], ['--new-session'], ['--repo-path', '.'], ['--repo-path=.', '--new-session']]) {
      it(`means launch: ${JSON.stringify(argv)} tells where no repository is that there is none`, async () => {
        expectFailure(await machine.run(argv, {cwd: nowhere}), 1, [
          `Error: ${nowhere} is not inside a Git repository.`,
          'Code: NOT_A_REPOSITORY',
          'Try this: git init',
        ])
      })
    }

    it('means launch with --json too, and answers with one document', async () => {
      expect(await machine.refusal([], {cwd: nowhere})).to.deep.equal({
        exit: 1,
        code: 'NOT_A_REPOSITORY',
        message: `${nowhere} is not inside a Git repository.`,
        suggestions: ['git init'],
        retryable: false,
      })
    })

    it('refuses a flag that launch does not have', async () => {
      expectFailure(await machine.run(['--bogus'], {cwd: nowhere}), 2, [
        'Error: Nonexistent flag: --bogus.',
        'Code: INVALID_ARGUMENT',
        'Try this: codex-planner launch --help',
      ])
    })
  })

  for (const flag of ['--help', '-h', 'help']) {
    it(`lists what it can do with ${flag}, wherever it stands`, async () => {
      const {code, stdout, stderr} = await machine.run([flag], {cwd: nowhere})
      expect({code, stderr, first: stdout.split('\n').slice(0, 2).join(' ')}).to.deep.equal({
        code: 0,
        stderr: '',
        first: USAGE,
      })
      expect(stdout).to.match(/^ {2}create-task +Add a task to the board\.$/m)
      expect(stdout).not.to.match(/internal|turn-ended/)
    })
  }

  for (const flag of ['--version', '-v']) {
    it(`tells its version with ${flag}`, async () => {
      const {code, stdout, stderr} = await machine.run([flag], {cwd: nowhere})
      expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
      expect(stdout).to.match(/^codex-planner\/\d+\.\d+\.\d+ \S+ node-v\d+\.\d+\.\d+\n$/)
    })
  }

  it('helps with one command, in the program’s words', async () => {
    const {code, stdout, stderr} = await machine.run(['create-task', '--help'], {cwd: nowhere})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    expect(stdout).to.contain('\n  codex-planner create-task TITLE [FLAGS]\n')
  })

  describe('with a command it does not have', () => {
    const table: [typed: string[], named: string, nearest: string][] = [
      [['lst-tasks'], 'lst-tasks', 'list-tasks'],
      [['list', 'tasks'], 'list tasks', 'list-tasks'],
      [['spawn-wroker', 'TASK-001'], 'spawn-wroker TASK-001', 'spawn-worker'],
      [['list-tasks', 'everything'], 'list-tasks everything', 'list-tasks'],
    ]
    for (const [typed, named, nearest] of table) {
      it(`names the nearest one: ${typed.join(' ')}`, async () => {
        expectFailure(await machine.run(typed, {cwd: repo}), 2, [
          `Error: "${named}" is no command of codex-planner.`,
          'Code: INVALID_ARGUMENT',
          `Try this: codex-planner ${nearest}`,
        ])
      })
    }

    it('answers with one document when it is asked for JSON', async () => {
      expect(await machine.refusal(['lst-tasks'], {cwd: repo})).to.deep.equal({
        exit: 2,
        code: 'INVALID_ARGUMENT',
        message: '"lst-tasks" is no command of codex-planner.',
        suggestions: ['codex-planner list-tasks'],
        retryable: false,
      })
    })

    it('asks nothing, also at a terminal', async function () {
      if (!existsSync('/usr/bin/script')) this.skip()
      const command = `"${process.execPath}" "${program}" lst-tasks`
      // Standard input stays open: a question would wait for ever.
      const {code, stdout} = await runProgram(
        '/usr/bin/timeout',
        ['60', '/usr/bin/script', '-qec', command, '/dev/null'],
        {
          cwd: repo,
          env: machine.env,
          input: '',
        },
      )
      expect(code).to.equal(2)
      expect(stdout).to.contain('Try this: codex-planner list-tasks')
      expect(stdout).not.to.contain('?')
    })
  })

  describe('with a wrong command line', () => {
    const table: [argv: string[], sentence: string, help: string][] = [
      [['list-tasks', '--bogus'], 'Nonexistent flag: --bogus.', 'list-tasks'],
      [['list-tasks', '--limit', 'ten'], '--limit: Expected a whole number from 1 to 200, got "ten".', 'list-tasks'],
      [['list-tasks', '--limit', '0'], '--limit: Expected a whole number from 1 to 200, got "0".', 'list-tasks'],
      [['list-tasks', '--format', 'xml'], 'Expected --format=xml to be one of: table, yaml, json.', 'list-tasks'],
      [['show-task'], 'Missing: task_id.', 'show-task'],
      [['wait-events'], 'Missing required flag after.', 'wait-events'],
      [['create-task', 'one', 'two'], 'Unexpected argument: two.', 'create-task'],
      [
        ['update-task', 'TASK-001', '--owner', 'me', '--clear-owner'],
        '--clear-owner=true cannot also be provided when using --owner.',
        'update-task',
      ],
    ]
    for (const [argv, sentence, command] of table) {
      it(`says in one sentence what is wrong: ${argv.join(' ')}`, async () => {
        const told = [`Error: ${sentence}`, 'Code: INVALID_ARGUMENT', `Try this: codex-planner ${command} --help`]
        expectFailure(await machine.run(argv, {cwd: repo}), 2, told)
      })

      it(`says the same as one small document: ${argv.join(' ')} --json`, async () => {
        const {code, stdout, stderr} = await machine.run([...argv, '--json'], {cwd: repo})
        expect({code, stderr}).to.deep.equal({code: 2, stderr: ''})
        expect(JSON.parse(stdout)).to.deep.equal({
          error: {
            code: 'INVALID_ARGUMENT',
            message: sentence,
            suggestions: [`codex-planner ${command} --help`],
            retryable: false,
          },
        })
        expect(stdout.length).to.be.below(1000)
      })
    }

    it('refuses an id that is none before it looks anywhere (B1, B2, B9)', async () => {
      for (const id of [
        '../../etc/passwd',
        'TASK-001/../x',
        'TASK-001\n---',
        'TASK-\uff10\uff10\uff11',
        'task-001',
        '',
      ]) {
        expectFailure(await machine.run(['show-task', '--', id], {cwd: nowhere}), 2, [
          'Error: A task id looks like TASK-001.',
          'Code: INVALID_ARGUMENT',
          'Try this: codex-planner list-tasks',
        ])
      }
    })
  })

  describe('when something is in the way', () => {
    it('ends with 1, and prints a sentence and what to try', async () => {
      expectFailure(await machine.run(['show-handoff', 'TASK-009'], {cwd: repo}), 1, [
        'Error: There is no task TASK-009 on this board.',
        'Code: TASK_NOT_FOUND',
        'Try this: codex-planner list-tasks',
      ])
    })

    it('ends with 3 when trying later may help, and says so', async () => {
      const root = await machine.repository('unknown')
      await machine.json(['init'], {cwd: root})
      await putOnBoard(root, {tasks: [{status: 'in_progress'}], sessions: [{name: 'worker-task-001', backend: 'gone'}]})
      const {exit, code, retryable, message} = await machine.refusal(['spawn-worker', 'TASK-001'], {cwd: root})
      expect({exit, code, retryable}).to.deep.equal({exit: 3, code: 'SESSION_UNKNOWN', retryable: true})
      expect(message).to.match(/^Whether worker-task-001 still runs cannot be told .* nothing is started beside it\.$/)
    })

    it('never breaks a line that is to be pasted', async () => {
      const name = `a-folder-with-a-name-that-is-longer-than-what-a-terminal-shows-${'x'.repeat(60)}`
      const root = await machine.repository(name, {commit: false})
      await machine.json(['init'], {cwd: root})
      await machine.json(['create-task', 'One'], {cwd: root})
      expectFailure(await machine.run(['spawn-worker', 'TASK-001'], {cwd: root}), 1, [
        `Error: ${root} has no commit yet, so a worker has nothing to start from.`,
        'Code: NO_COMMIT',
        `Try this: git -C ${root} commit --allow-empty -m 'First commit'`,
      ])
    })

    it('shows a hostile path as what it is (A-078)', async () => {
      const {code, stderr} = await machine.run(['list-tasks', '--repo-path', '/no\u001b[2J\u202e/where'], {cwd: repo})
      expect(code).to.equal(1)
      expect(stderr).to.contain('There is no folder /no\\u{1b}[2J\\u{202e}/where.')
      expect(stderr).not.to.match(/[\u001b\u202e]/)
    })

    const fault = ['internal', 'turn-ended', '--run', 'x', 'this is no JSON']
    it('prints no stack trace, not even for a fault of its own', async () => {
      const {code, stdout, stderr} = await machine.run(fault, {cwd: repo})
      expect({code, stdout}).to.deep.equal({code: 1, stdout: ''})
      expect(stderr).to.match(/^ {4}Error: .*JSON.*\n {4}Code: INTERNAL\n$/)
    })

    it('prints the stack trace when DEBUG is set', async () => {
      const {code, stderr} = await machine.run(fault, {cwd: repo, env: {DEBUG: '*'}})
      expect(code).to.equal(1)
      expect(stderr).to.match(/^\s+at \w*TurnEnded\w*\.execute \(.*rest\.cjs:\d+/m)
    })
  })

  describe('whose reader leaves early', () => {
    before(async () => {
      await putOnBoard(repo, {tasks: Array.from({length: 600}, () => ({title: 'x'.repeat(150)}))})
    })

    const readers = ['head -1', 'head -c 0', 'true']
    for (const argv of [
      'list-tasks',
      'list-tasks --json',
      'list-tasks --format yaml',
      '--help',
      'show-task TASK-001',
    ]) {
      it(`ends with 0 and says nothing: ${argv}`, async () => {
        for (const reader of readers) {
          const line = `{ "$NODE" "$PROGRAM" ${argv}; echo "code $?" >&2; } | ${reader} >/dev/null`
          const env = {...machine.env, NODE: process.execPath, PROGRAM: program}
          const {stderr} = await runProgram('/bin/bash', ['-c', line], {cwd: repo, env})
          expect(stderr, reader).to.equal('code 0\n')
        }
      })
    }

    it('prints all of a long list to one that stays', async () => {
      const {tasks} = await machine.json<{tasks: object[]}>(['list-tasks'], {cwd: repo})
      expect(tasks.length).to.equal(600)
      const {stdout} = await machine.run(['list-tasks'], {cwd: path.join(repo, '.codex')})
      expect(stdout.trimEnd().split('\n').length).to.equal(601)
    })
  })
})
