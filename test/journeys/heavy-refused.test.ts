import {appendFile, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import type {Checkup} from '../../src/services/doctor.ts'
import {trustHash} from '../../src/system/codex-hooks.ts'
import {codexProgram} from '../support/codex-home.ts'
import type {Script} from '../support/scripted-model/script.ts'
import {eventually, makeWorld, tellOnFailure, type World} from '../support/world.ts'

const TOOLS = 'codex-orchestrator-local'

/** A heavy command of this host, which is there wherever the tests run. */
const HEAVY = 'seq 3'

/** What the agent reads, as Codex words it: our text, a full stop, and the line it gave. */
function told(output: string): {line: string; sentence: string} {
  const [sentence = '', line = ''] = output.split('\n')
  return {line, sentence}
}

const planner = {
  name: 'planner',
  match: {prompt: '# Planner'},
  turns: [
    {steps: [{mcp: `${TOOLS}.list_tasks`}, {shell: HEAVY}, {text: 'Ready.'}]},
    {when: '[', repeat: true, steps: [{text: 'Seen.'}]},
  ],
}

const script = (line: string): Script => ({
  rules: [
    planner,
    {
      name: 'worker',
      match: {cwd: '/task-001'},
      turns: [
        {steps: [{shell: 'echo light'}, {shell: `cd . && ${HEAVY} | tail -n 1`}, {shell: line}, {text: 'Done.'}]},
      ],
    },
  ],
})

for (const model of ['scripted-plain', 'gpt-6-sol']) {
  describe(`a bare heavy command of a real agent, ${model}`, function () {
    this.timeout(120_000)
    let world: World
    tellOnFailure(() => world)

    before(async () => {
      world = await makeWorld({script: script(''), model})
      world.env.CODEX_ORCHESTRATOR_HEAVY_COMMANDS = JSON.stringify([HEAVY])
      const cli = path.join(world.root, '.codex', 'state', 'bin', 'codex-planner')
      world.model.setScript(script(`cd . && ${cli} run --purpose '${HEAVY}' -- ${HEAVY} | tail -n 1`))
      await haveOwnHook()
    })
    after(() => world.close())

    const own = () => path.join(world.folder, 'own-hook')

    /** A hook of the person's own, which Codex was told to trust. */
    async function haveOwnHook(): Promise<void> {
      const file = path.join(world.folder, 'codex', 'config.toml')
      const command = `cat >>${own()}`
      const hash = trustHash(
        JSON.stringify({
          event_name: 'pre_tool_use',
          hooks: [{async: false, command, timeout: 600, type: 'command'}],
        }),
      )
      const hook = `[[hooks.PreToolUse]]\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = "${command}"\n`
      const state = `[hooks.state."${file}:pre_tool_use:0:0"]\ntrusted_hash = "${hash}"\n`
      await appendFile(file, `\n${hook}${state}`)
    }

    it('is refused with the line to use, which then runs, while the hooks of the person go on', async () => {
      await world.json(['launch'])
      const [, refusedPlanner] = (
        await world.model.waitFor(({rule, outputs}) => rule === 'planner' && outputs.length === 2, 30_000)
      ).outputs
      expect(refusedPlanner?.text).to.include(`run --purpose '${HEAVY}' -- ${HEAVY}`)

      await world.json(['create-task', 'Run something heavy'])
      await world.json(['spawn-worker', 'TASK-001'])
      const {outputs} = await world.model.waitFor(
        ({rule, outputs}) => rule === 'worker' && outputs.length === 3,
        30_000,
      )
      const [light, refused, ran] = outputs.map(({text}) => text)
      expect(light?.trim()).to.equal('light')
      const text = String(refused).slice(String(refused).indexOf('Command blocked'))
      expect(told(text)).to.deep.equal({
        sentence:
          'Command blocked by PreToolUse hook: This is a heavy command, which waits on this host until it is its turn. Use this line instead:',
        line: `cd . && ${world.root}/.codex/state/bin/codex-planner run --purpose '${HEAVY}' -- ${HEAVY} | tail -n 1`,
      })
      expect(text).to.match(/\nHeavy on this host: seq 3\. Command: cd \. && seq 3 \| tail -n 1$/)
      expect(ran?.trim()).to.equal('3')
      await eventually('the hook of the person to have seen all', async () => {
        const asked = await readFile(own(), 'utf8')
        return asked.includes('"command":"echo light"') && asked.includes('run --purpose')
      })
      expect(world.model.problems).to.deep.equal([])
    })

    it('is what doctor finds refused', async () => {
      const {stdout} = await world.run(['doctor', '--json'])
      const {checks} = JSON.parse(stdout) as Checkup
      expect(checks.find(({name}) => name === 'heavy commands')).to.deep.equal({
        name: 'heavy commands',
        status: 'ok',
        detail: 'sessions start these through run: seq 3',
        remedy: null,
      })
    })
  })
}

/** A program that stands before the real Codex, and answers in its own way when it is asked about hooks. */
const otherCodex = (answer: string) => `#!/bin/sh
case $1 in app-server) ${answer} ;; esac
exec ${codexProgram()} "$@"
`

describe('a session whose Codex would not run the hook by itself', function () {
  this.timeout(120_000)
  let world: World
  tellOnFailure(() => world)

  beforeEach(async () => {
    world = await makeWorld({script: {rules: [planner]}})
    world.env.CODEX_ORCHESTRATOR_HEAVY_COMMANDS = JSON.stringify([HEAVY])
  })
  afterEach(() => world.close())

  async function useCodex(answer: string): Promise<void> {
    const file = path.join(world.folder, 'other-codex')
    await writeFile(file, otherCodex(answer), {mode: 0o700})
    world.env.CODEX_ORCHESTRATOR_CODEX_EXECUTABLE = file
  }

  const table: [what: string, prepare: () => Promise<void>, why: string][] = [
    [
      'because codex_args set hooks',
      async () => {
        world.env.CODEX_ORCHESTRATOR_CODEX_ARGS = JSON.stringify(['--yolo', '-c', 'hooks={Stop=[]}'])
      },
      'codex_args set hooks of their own, whose place it would take.',
    ],
    [
      'because it is a version that does not tell its hooks',
      () => useCodex(`echo 'error: unrecognized subcommand' >&2; exit 2`),
      'Codex does not say which hooks it has.',
    ],
    [
      'because it is a version that would have it reviewed',
      () => useCodex(`${codexProgram()} "$@" | sed -u 's/"trusted"/"modified"/'; exit`),
      'This version of Codex would ask a person to review the hook.',
    ],
    [
      'because hooks are switched off',
      async () => {
        const file = path.join(world.folder, 'codex', 'config.toml')
        const text = await readFile(file, 'utf8')
        await writeFile(file, text.replace('[features]', '[features]\nhooks = false'))
      },
      'Codex runs no hooks of its command line as it is set up.',
    ],
  ]
  for (const [what, prepare, why] of table) {
    it(`starts without it ${what}, runs what it is given, and doctor says so`, async () => {
      await prepare()
      await world.json(['launch'])
      const {outputs} = await world.model.waitFor(({outputs}) => outputs.length === 2, 30_000)
      expect(outputs[1]?.text.trim()).to.equal('1\n2\n3')
      const {stdout} = await world.run(['doctor', '--json'])
      const {checks} = JSON.parse(stdout) as Checkup
      expect(checks.find(({name}) => name === 'heavy commands')).to.deep.include({
        status: 'warning',
        detail: `sessions start without refusing seq 3: ${why}`,
      })
      const log = await readFile(path.join(world.root, '.codex', 'logs', 'orchestrator.jsonl'), 'utf8')
      expect(log).to.include('heavy-commands-not-refused').and.to.include(why)
      expect(world.model.problems).to.deep.equal([])
    })
  }
})
