import {mkdir, readdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {appendEvent} from '../../src/store/event-log.ts'
import {excludeOurFolders} from '../../src/store/git-exclude.ts'
import {hostPaths} from '../../src/store/paths.ts'
import {ensureTemplate, readTemplate, writeRendered} from '../../src/store/prompts.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

describe('the log', () => {
  after(removeTempProjects)

  it('has one line for each event, whatever is in it (A-091)', async () => {
    const paths = await tempProject()
    expect(await appendEvent(paths, {event: 'a\n{"event":"forged"}'})).to.equal(true)
    expect(await appendEvent(paths, {event: 'b'})).to.equal(true)
    expect(await readFile(paths.log, 'utf8')).to.equal('{"event":"a\\n{\\"event\\":\\"forged\\"}"}\n{"event":"b"}\n')
  })

  it('cuts an event that is too long, and stays readable', async () => {
    const paths = await tempProject()
    await appendEvent(paths, {at: 'now', event: 'long', text: '😀'.repeat(40_000)})
    const [line = ''] = (await readFile(paths.log, 'utf8')).split('\n')
    expect(Buffer.byteLength(line)).to.be.below(65_536)
    expect(JSON.parse(line)).to.include({at: 'now', event: 'long'})
  })

  it('never stops a command when it cannot be written (F-095, A-057)', async () => {
    const paths = await tempProject()
    await mkdir(dirname(paths.log), {recursive: true})
    await symlink('/dev/full', paths.log)
    expect(await appendEvent(paths, {event: 'a'})).to.equal(false)
    await rm(paths.codex, {recursive: true})
    await writeFile(paths.codex, '')
    expect(await appendEvent(paths, {event: 'a'})).to.equal(false)
  })

  it('begins anew at 10 MB and keeps the old one (F-115)', async () => {
    const paths = await tempProject()
    await appendEvent(paths, {event: 'old'})
    await truncate(paths.log, 10_000_000)
    await appendEvent(paths, {event: 'new'})
    expect(await readFile(paths.log, 'utf8')).to.equal('{"event":"new"}\n')
    expect(await readdir(dirname(paths.log))).to.have.length(2)
  })
})

describe('what git leaves out', () => {
  after(removeTempProjects)

  it('gets our folders once and keeps what a person wrote', async () => {
    const paths = await tempProject()
    await mkdir(dirname(paths.exclude))
    await writeFile(paths.exclude, '*.swp\n.codex/logs')
    expect(await excludeOurFolders(paths)).to.deep.equal(['.codex/board', '.codex/handoffs', '.codex/state'])
    expect(await excludeOurFolders(paths)).to.deep.equal([])
    expect(await readFile(paths.exclude, 'utf8')).to.equal(
      '*.swp\n.codex/logs\n.codex/board\n.codex/handoffs\n.codex/state\n',
    )
  })

  it('is made where a repository has no such list', async () => {
    const paths = await tempProject()
    await excludeOurFolders(paths)
    expect(await readFile(paths.exclude, 'utf8')).to.equal('.codex/board\n.codex/handoffs\n.codex/logs\n.codex/state\n')
  })
})

describe('prompts', () => {
  after(removeTempProjects)

  it('are kept to the byte, also 10 MB of them, and a template of that size is refused (F-114)', async () => {
    const paths = await tempProject()
    const text = 'ä€😀\r\n'.repeat(800_000)
    const file = await writeRendered(paths, 'worker-task-001-0a1b2c3d', text)
    expect((await readFile(join(paths.root, file), 'utf8')) === text).to.equal(true)
    await ensureTemplate(paths, 'worker', text)
    const {code, message} = await refusal(readTemplate(paths, 'worker'))
    expect(code).to.equal('UNSAFE_FILE')
    expect(message).to.match(/worker\.md .*1000000/)
  })

  it('come from templates that are made once and belong to the person', async () => {
    const paths = await tempProject()
    expect(await readTemplate(paths, 'worker')).to.equal(undefined)
    expect(await ensureTemplate(paths, 'worker', 'ours')).to.equal(true)
    await writeFile(join(paths.prompts, 'worker.md'), 'mine')
    expect(await ensureTemplate(paths, 'worker', 'ours')).to.equal(false)
    expect(await readTemplate(paths, 'worker')).to.equal('mine')
  })

  it('are kept for every start, none over an older one', async () => {
    const paths = await tempProject()
    const files = [await writeRendered(paths, 'planner', 'one'), await writeRendered(paths, 'planner', 'two')]
    expect(files).to.deep.equal([
      '.codex/state/rendered_prompts/planner.md',
      '.codex/state/rendered_prompts/planner-2.md',
    ])
    const texts = await Promise.all(files.map(file => readFile(join(paths.root, file), 'utf8')))
    expect(texts).to.deep.equal(['one', 'two'])
  })

  it('are not written through a linked folder (A-056)', async () => {
    const paths = await tempProject()
    await mkdir(paths.codex)
    await symlink('/tmp', paths.state)
    expect((await refusal(writeRendered(paths, 'planner', 'x'))).code).to.equal('UNSAFE_FILE')
  })
})

describe('the folders of this host', () => {
  it('are those of the XDG specification', () => {
    const paths = hostPaths({HOME: '/home/ana'})
    expect([paths.config, paths.stateFolder, paths.pluginState('tmux')]).to.deep.equal([
      '/home/ana/.config/codex-orchestrator/config.toml',
      '/home/ana/.local/state/codex-orchestrator',
      '/home/ana/.local/state/codex-orchestrator/plugins/tmux',
    ])
  })

  it('are where the environment says', () => {
    const paths = hostPaths({HOME: '/home/ana', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s'})
    expect([paths.config, paths.stateFolder]).to.deep.equal([
      '/c/codex-orchestrator/config.toml',
      '/s/codex-orchestrator',
    ])
  })

  it('are not where a relative or empty path says (A-100)', () => {
    const paths = hostPaths({HOME: '/home/ana', XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: ''})
    expect(paths).to.include({
      config: '/home/ana/.config/codex-orchestrator/config.toml',
      stateFolder: '/home/ana/.local/state/codex-orchestrator',
    })
  })

  it('have another configuration file when one is named', () => {
    expect(hostPaths({HOME: '/home/ana', CODEX_ORCHESTRATOR_CONFIG: '~/x.toml'}).config).to.equal('/home/ana/x.toml')
    expect(hostPaths({HOME: '/home/ana', CODEX_ORCHESTRATOR_CONFIG: '/x.toml'}).config).to.equal('/x.toml')
  })
})
