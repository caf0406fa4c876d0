import {execFileSync} from 'node:child_process'
import {mkdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'

import {expect} from 'chai'

import {putOnBoard} from '../../commands/boards.ts'
import type {Stage} from './stage.ts'

interface Text {
  text: string
  total_bytes: number
  next_offset: number | null
}

const OUTSIDE = 'a scope is relative to the repository and stays inside it.'

export function pages(stage: () => Stage): void {
  /** Refused for a new task and for one that is there. */
  async function refusedScope(scope: string, message: RegExp | string): Promise<void> {
    const errors = await stage().refusedAll([
      ['planner', 'create_task', {title: 'One', write_scope: [scope]}],
      ['planner', 'update_task', {task_id: 'TASK-003', write_scope: [scope]}],
    ])
    for (const error of errors) {
      expect(error.code).to.equal('INVALID_ARGUMENT')
      if (typeof message === 'string') expect(error.message).to.equal(message)
      else expect(error.message).to.match(message)
    }
  }

  for (const [row, scope] of [
    ['C1', '../../.bashrc'],
    ['C1', '/etc/cron.d/x'],
    ['C1', 'src/../../x'],
    ['C8', '/'],
  ] as const) {
    it(`MCP ${row}: no scope is ${scope}`, () =>
      refusedScope(scope, `write_scope holds ${JSON.stringify(scope)}; ${OUTSIDE}`))
  }

  it('MCP C8: no scope is empty', () => refusedScope('', 'write_scope is empty.'))

  for (const [row, scope] of [
    ['C2', '.codex/config.toml'],
    ['C2', '.codex/board/tasks.yaml'],
    ['C2', '.git/hooks/pre-commit'],
    ['C2', '.agents/plugins/marketplace.json'],
    ['C2', '.CODEX/hooks.json'],
    ['C2', './.git/config'],
    ['C3', '.codex/handoffs/../board/tasks.yaml'],
    ['C3', '.codex/handoffs/deeper/x.md'],
  ] as const) {
    it(`MCP ${row}: no worker may be given ${scope}`, () => refusedScope(scope, /^write_scope holds /))
  }

  for (const scope of ['**', '.']) {
    it(`MCP C8: ${scope} is the whole repository, and may be meant`, async () => {
      const {answered, project} = stage()
      const repo_path = await project(`whole-${scope.length}`)
      const input = {repo_path, title: 'All', write_scope: [scope]}
      const {task} = await answered<{task: {write_scope: string[]}}>('open', 'create_task', input)
      expect(task.write_scope).to.deep.equal([scope])
    })
  }

  describe('on a board that somebody edited', () => {
    let repo_path: string
    let prompt: string
    before(async () => {
      repo_path = await stage().project('edited')
      await putOnBoard(repo_path, {tasks: [{}], sessions: [{name: 'planner'}]})
      prompt = path.join(repo_path, '.codex/state/rendered_prompts/planner.md')
      await mkdir(path.dirname(prompt), {recursive: true})
    })

    for (const file of ['../../secret', '/etc/passwd', '.codex/state/rendered_prompts/../../config.toml']) {
      it(`MCP C5: no prompt is ${file}`, async () => {
        const board = path.join(repo_path, '.codex/board/sessions.yaml')
        const before = await readFile(board, 'utf8')
        await writeFile(board, before.replace(/prompt_file: .*/, `prompt_file: ${file}`))
        const {code, message, suggestions} = await stage().refused('open', 'show_prompt', {
          repo_path,
          session_name: 'planner',
        })
        await writeFile(board, before)
        expect([code, suggestions.length]).to.deep.equal(['CORRUPT_BOARD', 1])
        expect(message).to.contain('.codex/board/sessions.yaml line ').and.to.contain(JSON.stringify(file))
      })
    }

    const odd: [what: string, make: () => unknown, says: string][] = [
      ['a named pipe', () => execFileSync('mkfifo', [prompt]), 'is a named pipe, not a plain file.'],
      ['a folder', () => mkdir(prompt), 'is a folder, not a plain file.'],
      ['a link to elsewhere', () => symlink('/etc/passwd', prompt), 'is a symbolic link'],
    ]
    for (const [what, make, says] of odd) {
      it(`MCP C5: no prompt is read through ${what}`, async () => {
        await make()
        const {code, message} = await stage().refused('open', 'show_prompt', {repo_path, session_name: 'planner'})
        await rm(prompt, {recursive: true})
        expect(code).to.equal('UNSAFE_FILE')
        expect(message).to.contain(says)
      })
    }
  })

  describe('a handoff', () => {
    let repo_path: string
    let file: string
    const show = (offset?: number) =>
      stage().answered<Text>('open', 'show_handoff', {repo_path, task_id: 'TASK-001', offset})
    before(async () => {
      repo_path = await stage().project('handoffs')
      await stage().answered('open', 'create_task', {repo_path, title: 'One'})
      file = path.join(repo_path, '.codex/handoffs/TASK-001.md')
    })

    it('MCP C6: of 200 MiB is told in parts, of which no more is held in memory', async () => {
      const {servers} = stage()
      await writeFile(file, `${'x'.repeat(20_000)}\n`)
      await truncate(file, 200 * 1024 * 1024)
      const before = await mostMemory(servers.open.pid)
      const {text, total_bytes, next_offset} = await show()
      const after = await mostMemory(servers.open.pid)
      await writeFile(file, '')
      expect(text).to.match(/^x{4000,8000}$/)
      expect([total_bytes, next_offset]).to.deep.equal([200 * 1024 * 1024, text.length])
      expect(after - before).to.be.below(20_000_000)
    })

    it('MCP C7, A-080: reaches nobody with what hides in it', async () => {
      const bytes = [
        Buffer.from('a\0b \u001b]52;c;eA==\u0007 \u001b[31m\u009b2J \u202e\u{e0041}\u200b'),
        Buffer.from([0xff]),
      ]
      await writeFile(file, Buffer.concat([...bytes, Buffer.from(' é\nend\n')]))
      const {text, next_offset} = await show()
      expect(text).to.equal(
        'a\\u{0}b \\u{1b}]52;c;eA==\\u{7} \\u{1b}[31m\\u{9b}2J \\u{202e}\\u{e0041}\\u{200b}\ufffd é\nend\n',
      )
      expect(next_offset).to.equal(null)
    })

    it('MCP C9: is read from the beginning of the character that an offset is in', async () => {
      await writeFile(file, 'aé🎉z')
      const parts = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7, 8, 1e6].map(show))
      expect(parts.map(({text}) => text)).to.deep.equal([
        ...['aé🎉z', 'é🎉z', 'é🎉z'],
        ...['🎉z', '🎉z', '🎉z', '🎉z'],
        ...['z', '', ''],
      ])
    })

    it('MCP C9: is not read from before its beginning', async () => {
      const {code} = await stage().refused('open', 'show_handoff', {repo_path, task_id: 'TASK-001', offset: -1})
      expect(code).to.equal('INVALID_ARGUMENT')
    })
  })
}

/** The most memory a process ever had, in bytes. */
async function mostMemory(pid: number): Promise<number> {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
