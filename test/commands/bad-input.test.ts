import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'

import {type ManyCalls, manyCalls} from '../support/many-calls.ts'
import {MIB, type Row} from './bad-input/kinds.ts'
import {COMMON, ENTRIES} from './bad-input/rows.ts'
import {putOnBoard} from './boards.ts'
import {checkout, type Machine, makeMachine, wholeTree} from './machine.ts'

interface Manifest {
  commands: Record<string, Described>
}

interface Described {
  id: string
  hidden?: boolean
  strict?: boolean
  args: Record<string, unknown>
  flags: Record<string, {type: 'boolean' | 'option'; hidden?: boolean}>
}

const {commands} = JSON.parse(readFileSync(path.join(checkout, 'oclif.manifest.json'), 'utf8')) as Manifest
const visible = Object.values(commands).filter(({hidden}) => !hidden)

/** What can be wrong with a call of a command: its arguments, its flags as they are typed. */
function partsOf({args, flags, strict}: Described): string[] {
  const typed = Object.entries(flags).filter(([, {hidden}]) => !hidden)
  return [...Object.keys(args), ...(strict === false ? ['command'] : []), ...typed.map(([name]) => `--${name}`)]
}

function rowsOf(id: string): Record<string, Row[]> {
  const {rows = {}, repository} = ENTRIES[id] ?? {}
  const common = Object.fromEntries(
    Object.entries(COMMON).filter(([flag]) => flag.slice(2) in (commands[id]?.flags ?? {})),
  )
  return {...common, ...(repository ? {'--repo-path': repository} : {}), ...rows}
}

/** A call in which only this part is wrong. */
function callOf(id: string, part: string, words: readonly string[]): string[] {
  const {args = [], flags = {}} = ENTRIES[id] ?? {}
  const others = Object.entries(flags).flatMap(([flag, value]) => (flag === part ? [] : [`${flag}=${value}`]))
  return part.startsWith('--') || part === 'none' ? [id, ...args, ...others, ...words] : [id, ...others, ...words]
}

const ONE_SENTENCE =
  /^ {4}Error: ([^\n]+[.?!])\n {4}Code: ([A-Z_]+)\n(?: {4}Try this: [^\n]+\n)?(?: {10}or: [^\n]+\n)*(?:codex-planner: not started\n)?$/

describe('bad input', () => {
  it('has a list for every argument and every flag of every command, and no other', () => {
    expect(Object.keys(ENTRIES).toSorted()).to.deep.equal(visible.map(({id}) => id).toSorted())
    for (const command of visible) {
      expect(Object.keys(rowsOf(command.id)).toSorted(), command.id).to.deep.equal(partsOf(command).toSorted())
    }
  })

  it('is tried for each of them with nothing, with a control character and with 1 MiB', () => {
    const tried: [what: string, isTried: (words: readonly string[]) => boolean][] = [
      ['nothing', words => words.some(word => word === '' || word.endsWith('='))],
      ['a control character', words => words.some(word => /\p{Cc}/u.test(word))],
      ['1 MiB', words => words.some(word => word.length >= 2 ** 20)],
    ]
    const untried = visible.flatMap(({id, flags}) =>
      Object.entries(rowsOf(id)).flatMap(([part, rows]) =>
        tried
          .filter(([what]) => what === '1 MiB' || flags[part.slice(2)]?.type !== 'boolean')
          .filter(([, isTried]) => !rows.some(([, words]) => isTried(words)))
          .map(([what]) => `${id} ${part}: ${what}`),
      ),
    )
    // An empty description is none.
    expect(untried).to.deep.equal(['create-task --description: nothing', 'update-task --description: nothing'])
  })

  describe('is refused in one sentence, and changes nothing:', () => {
    let machine: Machine
    let root: string
    let program: ManyCalls
    let tree: Record<string, string>

    before(async () => {
      machine = await makeMachine()
      root = await machine.repository('repo')
      await machine.json(['init'], {cwd: root})
      const base_commit = (await machine.git(root, 'rev-parse', 'HEAD')).trim()
      await putOnBoard(root, {
        tasks: [{}, {status: 'in_progress', base_commit}, {status: 'needs_input', base_commit}],
        sessions: [
          {name: 'planner', status: 'closed'},
          {name: 'worker-task-002', status: 'closed'},
          {name: 'worker-task-003', status: 'closed'},
        ],
      })
      program = manyCalls(machine.env)
      // What earlier calls leave for themselves is there already.
      for (const argv of [['doctor'], ['release-lease', 'HEAVY-00000000']]) await program.run({argv, cwd: root})
      tree = await wholeTree(machine.folder)
    })
    after(async () => {
      await program.close()
      await machine.close()
    })

    /** What a refused call says; after it everything is as it was. */
    async function refused(argv: string[]): Promise<{exit: number; code: string | undefined; sentence: string}> {
      const {stdout, stderr, code: exit} = await program.run({argv, cwd: root})
      const [earlier, now] = [tree, await wholeTree(machine.folder)]
      tree = now
      expect(now).to.deep.equal(earlier)
      expect(stdout).to.equal('')
      expect(stderr.length).to.be.below(1500)
      const [, sentence = stderr, code] = ONE_SENTENCE.exec(stderr) ?? []
      return {exit, code, sentence}
    }

    for (const {id} of visible) {
      describe(id, () => {
        it('a flag it does not have', async () => {
          for (const flag of ['--bogus', '-z', '--Json']) {
            const {exit, code, sentence} = await refused([...callOf(id, 'none', []), flag])
            expect({exit, code}).to.deep.equal({exit: 2, code: 'INVALID_ARGUMENT'})
            expect(sentence).to.include(`Nonexistent flag: ${flag}.`)
          }
        })

        for (const [part, rows] of Object.entries(rowsOf(id))) {
          for (const [what, words, exit, code, says] of rows) {
            it(`${part} ${what}`, async () => {
              const told = await refused(callOf(id, part, words))
              expect(told.sentence.slice(0, 1500)).to.include(says)
              expect({exit: told.exit, code: told.code}).to.deep.equal({exit, code})
            })
          }
        }
      })
    }

    it('a flag it does not have, of 1 MiB', async () => {
      const {exit, code, sentence} = await refused(['list-tasks', `--${MIB}`])
      expect({exit, code}).to.deep.equal({exit: 2, code: 'INVALID_ARGUMENT'})
      expect(sentence).to.match(/^Nonexistent flag: --x{200,}…x{200,}\.$/)
    })

    it('a command it does not have, of 1 MiB', async () => {
      const {exit, code, sentence} = await refused([MIB])
      expect({exit, code}).to.deep.equal({exit: 2, code: 'INVALID_ARGUMENT'})
      expect(sentence).to.match(/^"x{49}…x{49}" is no command of codex-planner\.$/)
    })

    it('in a process of its own as here, and as JSON', async () => {
      const sample = visible.flatMap(({id}) =>
        Object.entries(rowsOf(id)).flatMap(([part, rows]) => rows.slice(1, 2).map(row => ({id, part, row}))),
      )
      for (const {id, part, row} of sample.filter((_, index) => index % 8 === 0)) {
        const [what, words, exit, code, says] = row
        const argv = callOf(id, part, words)
        const typed = await machine.run(argv, {cwd: root})
        expect(typed, `${id} ${part} ${what}`).to.deep.equal({
          ...(await program.run({argv, cwd: root})),
          signal: null,
        })
        if (!('json' in (commands[id]?.flags ?? {}))) continue
        const told = await machine.refusal(argv, {cwd: root})
        expect({exit: told.exit, code: told.code}).to.deep.equal({exit, code})
        expect(told.message).to.include(says)
      }
    })
  })

  describe('is not', () => {
    let machine: Machine
    let root: string
    before(async () => {
      machine = await makeMachine()
      root = await machine.repository('repo')
      await machine.json(['init'], {cwd: root})
    })
    after(() => machine.close())

    it('a description of nothing, which is none, nor one with control characters, which are shown written out', async () => {
      const argv = ['create-task', 'One', '--description', '', '--acceptance', 'No \u001b[31mred\u0007']
      await machine.json(argv, {cwd: root})
      const {stdout} = await machine.run(['show-task', 'TASK-001'], {cwd: root})
      expect(stdout).to.include('No \\u{1b}[31mred\\u{7}')
    })

    it('a value that looks like a flag, given as a value', async () => {
      await machine.json(['update-task', 'TASK-001', '--title', '--json=no'], {cwd: root})
      const {stdout} = await machine.run(['create-task', '--', '--json=no'], {cwd: root})
      expect(stdout).to.equal('Created TASK-002: --json=no\n')
    })
  })
})
