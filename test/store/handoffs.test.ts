import {mkdir, readdir, readFile, symlink, truncate, utimes, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'chai'

import {appendSection, ensureHandoff} from '../../src/store/handoffs.ts'
import {readPage} from '../../src/store/pages.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

const FILE = '.codex/handoffs/TASK-001.md'

async function aPage(text: string | Buffer): Promise<{paths: ProjectPaths; path: string}> {
  const paths = await tempProject()
  await mkdir(paths.handoffs, {recursive: true})
  const path = join(paths.root, FILE)
  await writeFile(path, text)
  return {paths, path}
}

describe('a handoff page', () => {
  after(removeTempProjects)

  it('is made once and keeps what people wrote into it', async () => {
    const paths = await tempProject()
    expect(await ensureHandoff(paths, FILE, '# TASK-001\n')).to.equal(true)
    await writeFile(join(paths.root, FILE), 'edited\n')
    expect(await ensureHandoff(paths, FILE, '# TASK-001\n')).to.equal(false)
    expect(await readFile(join(paths.root, FILE), 'utf8')).to.equal('edited\n')
  })

  const places: [what: string, before: string, after: string][] = [
    ['before the notes', '# T\n\n## Notes\n\nmine\n', '# T\n\n## Question\n\nWhich?\n\n## Notes\n\nmine\n'],
    [
      'before the last notes',
      '## Notes\nold\n## Notes\nmine\n',
      '## Notes\nold\n\n## Question\n\nWhich?\n\n## Notes\nmine\n',
    ],
    ['at the end without notes', '# T\n\n## Notes on notes', '# T\n\n## Notes on notes\n\n## Question\n\nWhich?\n'],
    ['into an empty page', '', '## Question\n\nWhich?\n'],
  ]
  for (const [where, before, after] of places) {
    it(`gets a new section ${where}`, async () => {
      const {paths, path} = await aPage(before)
      await appendSection(paths, FILE, '## Question\n\nWhich?\n')
      expect(await readFile(path, 'utf8')).to.equal(after)
    })
  }

  it('gets a section once when the step is repeated', async () => {
    const {paths, path} = await aPage('# T\n\n## Notes\n')
    await appendSection(paths, FILE, '## Question\n\nWhich?\n')
    await appendSection(paths, FILE, '## Question\n\nWhich?\n')
    expect(await readFile(path, 'utf8')).to.equal('# T\n\n## Question\n\nWhich?\n\n## Notes\n')
  })

  it('gets the sections of many at once, all of them', async () => {
    const {paths, path} = await aPage('## Notes\n')
    await Promise.all(Array.from({length: 8}, (_, number) => appendSection(paths, FILE, `## Section ${number}`)))
    const text = await readFile(path, 'utf8')
    for (let number = 0; number < 8; number += 1) expect(text).to.include(`## Section ${number}\n`)
  })

  it('leaves its last version as a good copy', async () => {
    const {paths, path} = await aPage('## Notes\n')
    await appendSection(paths, FILE, '## Question')
    expect(await readFile(join(paths.good, 'TASK-001.md', 'latest'), 'utf8')).to.equal(await readFile(path, 'utf8'))
  })

  it('loses the temporary file of a writer that was killed, once it is an hour old (F-003)', async () => {
    const {paths} = await aPage('')
    const litter = join(paths.handoffs, '.tmp-TASK-002.md-0a')
    await writeFile(litter, '')
    await utimes(litter, new Date(0), new Date(0))
    await ensureHandoff(paths, FILE, '')
    expect(await readdir(paths.handoffs)).to.deep.equal(['TASK-001.md'])
  })

  it('takes its new text also where no copy of it can be kept', async () => {
    const {paths, path} = await aPage('## Notes\n')
    await mkdir(join(paths.good, 'TASK-001.md', 'latest'), {recursive: true})
    await appendSection(paths, FILE, '## Question')
    expect(await readFile(path, 'utf8')).to.equal('## Question\n\n## Notes\n')
  })

  it('can only be one directly inside its folder', async () => {
    const paths = await tempProject()
    for (const file of ['README.md', '.codex/handoffs/../x.md', '.codex/handoffs/a/b.md', '/etc/x.md']) {
      expect((await refusal(ensureHandoff(paths, file, ''))).code).to.equal('UNSAFE_FILE')
      expect((await refusal(appendSection(paths, file, 'x'))).code).to.equal('UNSAFE_FILE')
    }
  })

  it('is not written through a link (A-058)', async () => {
    const {paths} = await aPage('')
    await writeFile(join(paths.root, 'target'), 'target')
    await symlink(join(paths.root, 'target'), join(paths.handoffs, 'x.md'))
    expect((await refusal(appendSection(paths, '.codex/handoffs/x.md', 'x'))).code).to.equal('UNSAFE_FILE')
    expect(await readFile(join(paths.root, 'target'), 'utf8')).to.equal('target')
  })
})

describe('reading a page in parts', () => {
  after(removeTempProjects)

  it('gives all of a short one', async () => {
    const {paths} = await aPage('short')
    expect(await readPage(paths, FILE, {offset: 0, maxBytes: 100})).to.deep.equal({
      text: 'short',
      total_bytes: 5,
      next_offset: null,
    })
  })

  it('never cuts a character, forwards or backwards (C9)', async () => {
    const {paths} = await aPage('aé€😀z')
    const read = (offset: number, maxBytes: number) => readPage(paths, FILE, {offset, maxBytes})
    expect(await read(0, 5)).to.deep.equal({text: 'aé', total_bytes: 11, next_offset: 3})
    expect(await read(3, 4)).to.deep.equal({text: '€', total_bytes: 11, next_offset: 6})
    expect(await read(6, 4)).to.deep.equal({text: '😀', total_bytes: 11, next_offset: 10})
    expect(await read(9, 100)).to.deep.equal({text: '😀z', total_bytes: 11, next_offset: null})
    expect(await read(6, 1)).to.deep.equal({text: '😀', total_bytes: 11, next_offset: 10})
  })

  it('comes back together from its parts, also where bytes are no text', async () => {
    const whole = Buffer.concat([Buffer.from('x😀'.repeat(50)), Buffer.alloc(30, 0x80), Buffer.from('é'.repeat(20))])
    const {paths} = await aPage(whole)
    const parts: string[] = []
    for (let offset: number | null = 0; offset !== null; ) {
      const page: Awaited<ReturnType<typeof readPage>> = await readPage(paths, FILE, {offset, maxBytes: 7})
      parts.push(page?.text ?? '')
      offset = page?.next_offset ?? null
    }
    expect(parts.join('')).to.equal(whole.toString('utf8'))
  })

  it('is empty past the end, refused before the start, nothing for no page (C9)', async () => {
    const {paths} = await aPage('short')
    expect(await readPage(paths, FILE, {offset: 6, maxBytes: 9})).to.deep.equal({
      text: '',
      total_bytes: 5,
      next_offset: null,
    })
    expect(await refusal(readPage(paths, FILE, {offset: -1, maxBytes: 9}))).to.deep.equal({
      code: 'INVALID_ARGUMENT',
      message: 'offset is -1; it counts bytes from 0.',
      suggestions: [],
    })
    expect(await readPage(paths, '.codex/handoffs/none.md', {offset: 0, maxBytes: 9})).to.equal(undefined)
    expect(await readPage(paths, '.codex/none/none.md', {offset: 0, maxBytes: 9})).to.equal(undefined)
  })

  it('holds no more of a file of 200 MiB in memory than the part (C6)', async () => {
    const {paths, path} = await aPage('start')
    await truncate(path, 200 * 1024 * 1024)
    const before = process.memoryUsage().arrayBuffers
    const page = await readPage(paths, FILE, {offset: 0, maxBytes: 8000})
    expect([page?.text.length, page?.total_bytes, page?.next_offset]).to.deep.equal([8000, 209_715_200, 8000])
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(20_000_000)
  })
})
