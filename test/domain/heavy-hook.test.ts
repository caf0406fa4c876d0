import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {askedLine, heavyHook, heavyHookScript, setsHooks, trustText} from '../../src/domain/heavy-hook.ts'

describe('the hook that refuses heavy commands', () => {
  it('is a command for a shell, asked about commands alone', () => {
    expect(heavyHook("/srv/it's here/heavy.sh")).to.deep.equal({
      command: `'/srv/it'\\''s here/heavy.sh'`,
      matcher: '^Bash$',
      timeout: 10,
    })
  })

  it('is known to Codex by its definition, its keys in order', () => {
    expect(trustText(heavyHook('/srv/heavy.sh'))).to.equal(
      `{"event_name":"pre_tool_use","hooks":[{"async":false,"command":"'/srv/heavy.sh'","timeout":10,"type":"command"}],"matcher":"^Bash$"}`,
    )
  })
})

describe('arguments of Codex that set hooks', () => {
  for (const args of [
    ['-c', 'hooks={}'],
    ['--config', 'hooks.Stop=[]'],
    ['--config=hooks.Stop=[]'],
    ['-chooks={}'],
    ['-c=hooks={}'],
    ['--yolo', '-c', ' "hooks" = {}'],
  ]) {
    it(`are ${JSON.stringify(args)}`, () => expect(setsHooks(args)).to.equal(true))
  }
  for (const args of [
    [],
    ['--yolo'],
    ['-c', 'features.hooks=false'],
    ['-c', 'hooks_folder="x"'],
    ['-C', 'hooks=x'],
    ['hooks.Stop=[]'],
  ]) {
    it(`are not ${JSON.stringify(args)}`, () => expect(setsHooks(args)).to.equal(false))
  }
})

describe('the question of a hook', () => {
  const table: [question: unknown, line: string | undefined][] = [
    [{tool_name: 'Bash', tool_input: {command: 'make'}}, 'make'],
    [{tool_name: 'apply_patch', tool_input: {command: 'make'}}, undefined],
    [{tool_name: 'Bash', tool_input: {command: ['make']}}, undefined],
    [{tool_name: 'Bash', tool_input: null}, undefined],
    [{tool_name: 'Bash'}, undefined],
    [7, undefined],
    [null, undefined],
    [undefined, undefined],
  ]
  for (const [question, line] of table) {
    it(`${line === undefined ? 'is about no line' : 'is about a line'}: ${JSON.stringify(question)}`, () => {
      expect(askedLine(question)).to.equal(line)
    })
  }
})

describe('the script of the hook', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cp-hook-'))
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  /** Runs it as Codex does; `program` is the body of what stands for our own program, which leaves a mark. */
  function ask(line: string, program: string, {cwd = '/srv/shop', entries = ['npm test', 'g++.x', 'make']} = {}) {
    const [mark, self, script] = ['mark', 'it self', 'heavy.sh'].map(name => path.join(folder, name))
    rmSync(String(mark), {force: true})
    writeFileSync(String(self), `#!/bin/sh\nprintf '%s\\n' "$@" >'${mark}'\n${program}\n`)
    chmodSync(String(self), 0o700)
    writeFileSync(String(script), heavyHookScript(entries, {self: [String(self)], cli: '/srv/a b/cli'}))
    const question = {
      transcript_path: `${cwd}/x`,
      cwd,
      tool_name: 'Bash',
      tool_input: {command: line},
      tool_use_id: 'x',
    }
    const {status, stdout, stderr} = spawnSync('sh', [String(script)], {
      input: JSON.stringify(question),
      encoding: 'utf8',
    })
    return {code: status, stdout, stderr, started: existsSync(String(mark))}
  }
  const passed = {code: 0, stdout: '', stderr: ''}

  it('refuses with the words of our program, which is told the line and the heavy commands', () => {
    const program = `[ "$*" = 'internal heavy-command --cli /srv/a b/cli --heavy npm test --heavy g++.x --heavy make' ] && grep -o 'cd x.*st"' && echo second`
    const code = 2
    expect(ask('cd x && npm  test', program)).to.deep.equal({
      ...{code, stdout: '', started: true},
      stderr: 'cd x && npm  test"\nsecond\n',
    })
  })

  it('starts nothing for a line without the words, wherever the repository lies', () => {
    expect(ask('npm run lint', 'echo no', {cwd: '/home/make/npm/test'})).to.deep.equal({...passed, started: false})
    expect(ask('g++ax', 'echo no')).to.deep.equal({...passed, started: false})
    expect(ask('test npm', 'echo no')).to.deep.equal({...passed, started: false})
  })

  const nothing: [what: string, program: string][] = [
    ['says nothing', 'exit 0'],
    ['fails with words', 'echo oh; echo oh >&2; exit 1'],
    ['does not know what it is asked', 'echo oh; exit 2'],
    ['is killed', 'echo oh; kill -9 $$'],
    ['warns', 'echo Warning >&2'],
  ]
  for (const [what, program] of nothing) {
    it(`lets a command pass when our program ${what}`, () => {
      const {code, started} = ask('make', program)
      expect({code, started}).to.deep.equal({code: 0, started: true})
    })
  }

  it('lets a command pass when our program is gone', () => {
    const script = path.join(folder, 'gone.sh')
    writeFileSync(script, heavyHookScript(['make'], {self: [path.join(folder, 'gone')], cli: '/cli'}))
    const input = JSON.stringify({tool_name: 'Bash', tool_input: {command: 'make'}})
    const {status, stderr} = spawnSync('sh', [script], {input, encoding: 'utf8'})
    expect({status, stderr}).to.deep.equal({status: 0, stderr: ''})
  })
})
