import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {PlannerError} from '../../src/domain/errors.ts'
import {probeProcess} from '../../src/system/process.ts'
import {findProgram, isInside, repositoryAround, runProgram} from '../../src/system/program.ts'

let folder: string
let repo: string

function program(file: string, mode = 0o755): string {
  mkdirSync(path.dirname(file), {recursive: true})
  writeFileSync(file, '#!/bin/sh\nexit 0\n')
  chmodSync(file, mode)
  return file
}

before(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'program-')))
  repo = path.join(folder, 'repo')
  mkdirSync(path.join(repo, '.git'), {recursive: true})
})

after(() => rmSync(folder, {recursive: true, force: true}))

describe('the program that is run', () => {
  const found = (entries: string[], wanted = 'codex') =>
    findProgram(
      wanted,
      {PATH: entries.map(entry => (entry.startsWith('+') ? path.join(folder, entry.slice(1)) : entry)).join(':')},
      repo,
    )

  let before: string
  let there: string

  beforeEach(() => {
    before = process.cwd()
    there = program(path.join(folder, 'bin/codex'))
    program(path.join(folder, 'other/codex'))
    program(path.join(repo, 'codex'))
    program(path.join(repo, 'tools/codex'))
    program(path.join(folder, 'repo-tools/codex'))
    process.chdir(repo)
  })

  afterEach(() => process.chdir(before))

  it('is the first on PATH', () => {
    expect(found(['+bin', '+other'])).to.equal(there)
    expect(found(['+gone', '+other', '+bin'])).to.equal(path.join(folder, 'other/codex'))
  })

  for (const entry of [
    '',
    '.',
    './',
    'tools',
    './tools',
    '..',
    '~/bin',
    '+repo',
    '+repo/tools',
    '+repo/.',
    '+bin/../repo',
  ]) {
    it(`is none of the current folder's or the repository's, for ${JSON.stringify(entry)} on PATH (A-088)`, () => {
      expect(found([entry])).to.equal(undefined)
      expect(found([entry, '+bin'])).to.equal(there)
    })
  }

  it('is none of a relative entry, wherever that leads (A-088)', () => {
    expect(found(['../bin', 'tools/../../bin'])).to.equal(undefined)
  })

  it('is none that a link leads into the repository (A-088)', () => {
    symlinkSync(path.join(repo, 'tools'), path.join(folder, 'linked-folder'))
    mkdirSync(path.join(folder, 'linked'))
    symlinkSync(path.join(repo, 'codex'), path.join(folder, 'linked/codex'))
    expect(found(['+linked-folder', '+linked', '+bin'])).to.equal(there)
  })

  it('is none that a link inside the repository leads to: the repository would choose it (A-088)', () => {
    mkdirSync(path.join(repo, 'links'))
    symlinkSync('/bin/sh', path.join(repo, 'links/codex'))
    expect(found(['+repo/links', '+bin'])).to.equal(there)
    expect(found([], path.join(repo, 'links/codex'))).to.equal(undefined)
  })

  it('may stand beside the repository in a folder of a similar name', () => {
    expect(found(['+repo-tools'])).to.equal(path.join(folder, 'repo-tools/codex'))
  })

  it('may be anywhere outside a repository', () => {
    expect(findProgram('codex', {PATH: repo}, undefined)).to.equal(path.join(repo, 'codex'))
  })

  it('is a file that may be run', () => {
    program(path.join(folder, 'plain/codex'), 0o644)
    mkdirSync(path.join(folder, 'folder/codex'), {recursive: true})
    mkdirSync(path.join(folder, 'dangling'))
    symlinkSync('/no/such/file', path.join(folder, 'dangling/codex'))
    expect(found(['+plain', '+folder', '+dangling', '+bin/codex'])).to.equal(undefined)
  })

  it('is the one that is named by its path, if it may be', () => {
    expect(found([], there)).to.equal(there)
    expect(found(['+bin'], path.join(folder, 'gone/codex'))).to.equal(undefined)
    for (const wanted of [path.join(repo, 'codex'), './codex', 'tools/codex', '../repo/codex'])
      expect(found(['+bin'], wanted), wanted).to.equal(undefined)
  })

  it('is none without PATH', () => expect(findProgram('codex', {}, repo)).to.equal(undefined))
})

describe('a path inside a folder', () => {
  it('is told by whole names, with links resolved', () => {
    for (const made of ['repo/a/b', 'repo/..a', 'repo-2', 'outside'])
      mkdirSync(path.join(folder, made), {recursive: true})
    symlinkSync(path.join(folder, 'outside'), path.join(repo, 'leads-out'))
    symlinkSync(path.join(repo, 'a'), path.join(folder, 'leads-in'))
    symlinkSync(repo, path.join(folder, 'repo-link'))
    const TABLE: [file: string, inside: boolean][] = [
      ['repo', true],
      ['repo/a/b', true],
      ['repo/..a', true],
      ['repo/a/..', true],
      ['leads-in/b', true],
      ['repo/leads-out', false],
      ['repo-2', false],
      ['outside', false],
      ['.', false],
      ['repo/../outside', false],
    ]
    for (const [file, inside] of TABLE) {
      expect(isInside(`${folder}/${file}`, repo), file).to.equal(inside)
      expect(isInside(`${folder}/${file}`, path.join(folder, 'repo-link')), `${file} by a link`).to.equal(inside)
      expect(isInside(`${folder}/${file}`, undefined), `${file} without a folder`).to.equal(false)
    }
  })
})

describe('the repository around a folder', () => {
  it('is the nearest one with .git, a folder or a file', () => {
    mkdirSync(path.join(repo, 'a/inner/b'), {recursive: true})
    writeFileSync(path.join(repo, 'a/inner/.git'), 'gitdir: elsewhere\n')
    expect(repositoryAround(path.join(repo, 'a'))).to.equal(repo)
    expect(repositoryAround(repo)).to.equal(repo)
    expect(repositoryAround(path.join(repo, 'a/inner/b'))).to.equal(path.join(repo, 'a/inner'))
    expect(repositoryAround(path.join(repo, 'a/gone/deep'))).to.equal(repo)
    expect(repositoryAround('/proc')).to.equal(undefined)
  })
})

describe('a program that is run', () => {
  it('gets its arguments without a shell, its input, its folder, and only the environment it is given', async () => {
    const args = ['-c', 'printf "%s|" "$@"; cat; pwd; echo "$A$HOME"', 'sh', '$(x)', "it's\n", '']
    const ran = await runProgram('/bin/sh', args, {input: 'in\n', cwd: folder, env: {A: 'a'}})
    expect(ran).to.deep.equal({exitCode: 0, stdout: `$(x)|it's\n||in\n${folder}\na\n`, stderr: ''})
  })

  it('answers with any exit code, and with none when a signal ended it', async () => {
    expect(await runProgram('/bin/sh', ['-c', 'echo no >&2; exit 7'])).to.deep.equal({
      exitCode: 7,
      stdout: '',
      stderr: 'no\n',
    })
    expect((await runProgram('/bin/sh', ['-c', 'kill -9 $$'])).exitCode).to.equal(undefined)
  })

  it('does not wait for input that nobody gives', async () => {
    expect(await runProgram('/bin/cat', [])).to.deep.equal({exitCode: 0, stdout: '', stderr: ''})
  })

  it('is reported when it is missing or cannot be started', async () => {
    const plain = program(path.join(folder, 'plain-file'), 0o644)
    for (const file of [path.join(folder, 'gone'), plain, 'no-such-program-anywhere']) {
      const error: unknown = await runProgram(file, []).catch((error: unknown) => error)
      expect(error).to.be.instanceOf(PlannerError)
      expect(error).to.include({code: 'PROGRAM_MISSING', message: `${file} could not be started.`})
    }
  })

  it('is ended when it takes too long', async () => {
    const error: unknown = await runProgram('/bin/sleep', ['120'], {timeout: 50}).catch((error: unknown) => error)
    expect(error).to.include({message: 'sleep did not answer within 0.05 s.', code: 'TIMEOUT'})
  })

  for (const [what, script] of [
    ['what it started', 'sleep 120 & echo $! > "$1"; wait'],
    ['what it started and itself, though they do not listen', `trap '' TERM; sleep 120 & echo $! > "$1"; wait`],
  ] as const) {
    it(`MCP G17: is ended with ${what} when it takes too long`, async () => {
      const file = path.join(folder, 'started')
      const args = ['-c', script, 'sh', file]
      const error: unknown = await runProgram('/bin/sh', args, {timeout: 500}).catch((error: unknown) => error)
      expect(error).to.include({message: 'sh did not answer within 0.5 s.', code: 'TIMEOUT'})
      expect(probeProcess(Number(readFileSync(file, 'utf8'))).found.present).to.equal(false)
    })
  }

  it('MCP G17: is not waited for when it has ended and left something that holds its output', async () => {
    const file = path.join(folder, 'left')
    const args = ['-c', 'sleep 120 & echo $! > "$1"', 'sh', file]
    const error: unknown = await runProgram('/bin/sh', args, {timeout: 500}).catch((error: unknown) => error)
    process.kill(Number(readFileSync(file, 'utf8')))
    expect(error).to.include({message: 'sh did not answer within 0.5 s.', code: 'TIMEOUT'})
  })

  it('MCP G17: is ended when it prints more than can be read', async () => {
    const {exitCode, stdout} = await runProgram('/bin/sh', ['-c', 'exec yes'])
    expect(exitCode).not.to.equal(0)
    expect(stdout.length).to.equal(32 * 1024 * 1024)
  })
})
