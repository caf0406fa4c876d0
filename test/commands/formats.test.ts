import {existsSync} from 'node:fs'
import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import stringWidth from 'string-width'
import {parse} from 'yaml'

import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, program, runProgram} from './machine.ts'

const LISTS = ['list-tasks', 'list-sessions']

/** As wide as in a terminal that draws the parts of an emoji side by side. */
function drawnApart(line: string): number {
  return Array.from(line).reduce((sum, character) => sum + stringWidth(character), 0)
}

describe('the formats of a list', () => {
  let machine: Machine
  let cwd: string

  before(async () => {
    machine = await makeMachine()
    cwd = await machine.repository('formats')
    await machine.json(['init'], {cwd})
    await putOnBoard(cwd, {
      tasks: [
        {title: '拒绝空的名称并说明是哪一个'.repeat(9), status: 'needs_input', owner: 'worker-task-001'},
        {title: '👨\u200d💻🚀👍🏽'.repeat(30), depends_on: ['TASK-001', 'TASK-002'], description: 'Two\nlines: "x"'},
        {title: 'Latin letters '.repeat(20), owner: 'yes', priority: 'high'},
      ],
      sessions: [
        {name: 'planner', backend: 'none'},
        {name: 'worker-task-001', backend: 'none', attention: `asks: 'why'\n\u202e# no comment`},
      ],
    })
  })
  after(() => machine.close())

  async function printed(argv: string[]): Promise<string> {
    const {code, stdout, stderr} = await machine.run(argv, {cwd})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    return stdout
  }

  /** What a session's facts are worth ages while one looks. */
  const ageless = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === 'at' || key === 'age_seconds' ? null : inner))

  for (const list of LISTS) {
    it(`${list} says the same as YAML, as JSON and with --json`, async () => {
      const answer = JSON.parse(await printed([list, '--json'])) as unknown
      expect(ageless(JSON.parse(await printed([list, '--format', 'json'])))).to.deep.equal(ageless(answer))
      expect(ageless(parse(await printed([list, '--format', 'yaml'])))).to.deep.equal(ageless(answer))
      expect(ageless(JSON.parse(await printed([list, '--format', 'yaml', '--json'])))).to.deep.equal(ageless(answer))
    })

    for (const width of [40, 80, 200]) {
      it(`${list} fits a terminal of ${width} columns`, async function () {
        if (!existsSync('/usr/bin/script')) this.skip()
        const line = `stty cols ${width}; "${process.execPath}" "${program}" ${list}`
        const argv = ['-qec', line, '/dev/null']
        const {code, stdout} = await runProgram('/usr/bin/script', argv, {cwd, env: {...machine.env, TERM: 'xterm'}})
        const lines = stdout.trimEnd().split(/\r?\n/)
        expect([code, lines.length]).to.deep.equal([0, list === 'list-tasks' ? 4 : 3])
        for (const shown of lines) expect(drawnApart(shown), shown).to.be.at.most(width)
        expect(lines[1]).to.match(list === 'list-tasks' ? /^TASK-001 / : /^planner /)
      })
    }
  }

  it('are whole where there is no terminal', async () => {
    const text = await printed(['list-tasks'])
    expect(text).to.include('拒绝空的名称并说明是哪一个'.repeat(9))
    expect(text).to.include('Latin letters '.repeat(20).trimEnd())
    expect(text).not.to.include('…')
  })

  it('give one path and nothing else, where only that is asked for', async () => {
    await machine.json(['update-task', 'TASK-001'], {cwd})
    expect(await printed(['show-handoff', 'TASK-001', '--path-only'])).to.equal(
      `${path.join(cwd, '.codex/handoffs/TASK-001.md')}\n`,
    )
    const prompt = path.join(cwd, '.codex/state/rendered_prompts/planner.md')
    await writeFile(prompt, '# Planner\n')
    expect(await printed(['show-prompt', 'planner', '--path-only'])).to.equal(`${prompt}\n`)
    expect(await printed(['show-prompt', 'planner'])).to.equal('# Planner\n')
  })
})
