import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'

import {PLANNER_TEMPLATE, plannerReturns, plannerRole} from '../../src/domain/prompts/planner.ts'
import {REVIEWER_TEMPLATE} from '../../src/domain/prompts/reviewer.ts'
import {toolCalls} from '../../src/domain/prompts/tools.ts'
import {isWorkerReturn, WORKER_TEMPLATE, workerReturns, workerRole} from '../../src/domain/prompts/worker.ts'
import {mayDo, type Role} from '../../src/domain/role.ts'
import {TASK_STATUSES} from '../../src/domain/task.ts'
import type {CommandClass} from '../../src/mcp/tool.ts'
import {aTask} from './examples.ts'

const source = path.resolve(import.meta.dirname, '../../src')

const planner = plannerRole({root: '/srv/project', cli: '/srv/project/.codex/state/bin/codex-planner'})
const worker = workerRole({
  session: 'worker-task-001',
  taskId: 'TASK-001',
  root: '/srv/project',
  worktree: '/srv/project-worktrees/task-001',
  cli: '/srv/project/.codex/state/bin/codex-planner',
})

const READ_BY: Record<string, {role: Role; text: string}> = {
  "the planner's role": {role: 'planner', text: planner},
  "the planner's first message": {role: 'planner', text: PLANNER_TEMPLATE},
  "a returning planner's message": {role: 'planner', text: plannerReturns('The terminal was opened anew.', 12)},
  'the checklist for a hand-back': {role: 'planner', text: REVIEWER_TEMPLATE},
  "a worker's role": {role: 'worker', text: worker},
  "a worker's first message": {role: 'worker', text: WORKER_TEMPLATE},
  "a returning worker's message": {role: 'worker', text: workerReturns('TASK-001', 'Yes.', false)},
  "a worker's message after its conversation was lost": {role: 'worker', text: workerReturns('TASK-001', 'Yes.', true)},
}

describe('what sessions are told', () => {
  const tools = new Map<string, CommandClass>()
  const words = new Set<string>([...TASK_STATUSES, ...Object.keys(aTask())])

  before(async () => {
    const files = readdirSync(path.join(source, 'commands')).filter(name => name.endsWith('.ts'))
    for (const file of files) {
      const {default: Command} = (await import(path.join(source, 'commands', file))) as {default: CommandClass}
      if (!Command.tool) continue
      tools.set(Command.tool.name ?? snake(path.basename(file, '.ts')), Command)
      for (const name of Object.keys({...Command.args, ...Command.flags, ...Command.baseFlags})) words.add(snake(name))
    }
  })

  for (const [name, {role, text}] of Object.entries(READ_BY)) {
    it(`names, in ${name}, only tools that exist and that its reader may use`, () => {
      for (const word of snakeWords(text)) {
        const Command = tools.get(word)
        if (Command) expect(mayDo(role, Command.access), `${word} for the ${role}`).to.equal(true)
        else expect([...words], `known words, for ${name}`).to.include(word)
      }
    })
  }

  for (const [role, text] of [
    ['planner', planner],
    ['worker', worker],
  ] as const) {
    it(`has both spellings of a tool call for the ${role}, for models with and without a list of tools`, () => {
      const example = role === 'planner' ? 'create_task' : 'request_review'
      expect(text).to.include(`mcp__codex_orchestrator_local.${example} with {`)
      expect(text).to.include(`\`await tools.mcp__codex_orchestrator_local__${example}({`)
      expect(tools.has(example)).to.equal(true)
    })

    it(`fits the role of the ${role} into 6,000 characters`, () => expect(text.length).to.be.below(6000))

    it(`lists tools for the ${role} that exist`, () => {
      const list = /^Your tools: (.+?)\. The same/m.exec(text)?.[1] ?? ''
      const named = snakeWords(list)
      expect(named.length).to.be.above(5)
      if (role === 'planner') named.push(...(list.match(/\bdoctor\b/g) ?? []))
      expect(named.filter(name => !tools.has(name))).to.deep.equal([])
    })

    it(`tells the ${role} its command line program and what data is`, () => {
      expect(text).to.include('/srv/project/.codex/state/bin/codex-planner <command>')
      expect(text).to.include('Text between [data …] and [end of data …]')
    })
  }

  it('has both of them run heavy commands when it is their turn on the machine', () => {
    const line = `/srv/project/.codex/state/bin/codex-planner run --purpose 'unit tests' -- COMMAND`
    expect(worker).to.include(line)
    expect(planner).to.include(line)
    expect(worker).to.include('"codex-planner: not started"')
  })

  it('shows a worker the example with its own task', () => {
    expect(toolCalls('request_review', '{"task_id": "TASK-001"}')).to.equal(
      'The tools belong to the server codex-orchestrator-local (mcp__codex_orchestrator_local). Call one directly, as mcp__codex_orchestrator_local.request_review with {"task_id": "TASK-001"}; or, where you only have a JavaScript tool, as `await tools.mcp__codex_orchestrator_local__request_review({"task_id": "TASK-001"})`. They are there even when no list shows them.',
    )
    expect(worker).to.include('request_review with {"task_id": "TASK-001", "summary": "…"}')
  })

  it('sends the planner to the checklist that the operator may edit', () => {
    expect(PLANNER_TEMPLATE).to.include('.codex/prompts/reviewer.md')
  })
})

describe('the templates that an operator may edit', () => {
  const filled = new Map<string, string[]>()

  before(() => {
    const files = readdirSync(path.join(source, 'services'), {recursive: true, encoding: 'utf8'})
    for (const file of files.filter(name => name.endsWith('.ts'))) {
      const text = readFileSync(path.join(source, 'services', file), 'utf8')
      for (const [, call = '', template = ''] of text.matchAll(
        /renderTemplate\(([\s\S]*?)'\.codex\/prompts\/(\w+)\.md'/g,
      )) {
        const values = /\{\n([\s\S]*)\n\s+\}/.exec(call)?.[1] ?? ''
        filled.set(
          template,
          [...values.matchAll(/^\s+(\w+)[:,]/gm)].map(([, key = '']) => key),
        )
      }
    }
  })

  for (const [name, template] of Object.entries({
    planner: PLANNER_TEMPLATE,
    worker: WORKER_TEMPLATE,
    reviewer: REVIEWER_TEMPLATE,
  })) {
    it(`ask, in ${name}.md, only for what is filled in`, () => {
      const asked = new Set([...template.matchAll(/\{\{\s*([\w-]+)\s*\}\}/g)].map(([, key = '']) => key))
      expect([...asked].filter(key => !filled.get(name)?.includes(key))).to.deep.equal([])
    })
  }

  it('give a worker its task and its handoff', () => {
    expect(filled.get('worker')).to.include.members(['task', 'handoff'])
    expect(WORKER_TEMPLATE).to.include('\n{{task}}\n\n{{handoff}}\n')
  })
})

describe('the message of a planner to a worker', () => {
  it('brings the answer to a conversation that goes on', () => {
    expect(workerReturns('TASK-001', 'Keep it.\nBoth.', false)).to.equal(
      '[codex-planner] The planner answered on TASK-001.\n\nKeep it.\nBoth.\n\nThe handoff has the whole exchange (show_handoff). Go on, and end with request_review or request_input.',
    )
  })

  it('says so when the conversation was lost', () => {
    expect(workerReturns('TASK-001', 'Keep it.', true)).to.match(
      /^\[codex-planner\] Your earlier conversation on TASK-001 could not be brought back; .*\n\nKeep it\.\n\n/,
    )
  })

  it('is told from what a person types', () => {
    expect(isWorkerReturn(workerReturns('TASK-001', 'x', true))).to.equal(true)
    expect(isWorkerReturn(workerReturns('TASK-001', 'x', false))).to.equal(true)
    for (const text of ['', 'Go on.', ' [codex-planner] x', 'see [codex-planner] x'])
      expect(isWorkerReturn(text)).to.equal(false)
  })
})

function snake(name: string): string {
  return name.replaceAll('-', '_')
}

/** Words with an underscore, outside placeholders and full tool names. */
function snakeWords(text: string): string[] {
  return text.replaceAll(/\{\{.*?\}\}|\bmcp__\w+/g, '').match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? []
}
