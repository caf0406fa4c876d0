import {readdir, readFile, writeFile} from 'node:fs/promises'
import {expect} from 'chai'
import fc from 'fast-check'

import {addTask, changeTask} from '../../src/domain/task.ts'
import type {BoardStore} from '../../src/store/board.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {NOW, removeTempProjects, tempBoard} from '../store/temp-project.ts'
import {parsedBoard} from '../support/parsed-board.ts'
import {chance} from './chance.ts'
import {counts, patience} from './counts.ts'
import {onMemoryDisk} from './memory-disk.ts'

const IDS = ['TASK-001', 'TASK-002', 'TASK-003'] as const
const FIELDS = ['title', 'description'] as const
const EDITORS = 2

type Place = {id: (typeof IDS)[number]; field: (typeof FIELDS)[number]}

type Step =
  | ({kind: 'update'} & Place)
  | {kind: 'add'}
  | {kind: 'open'; editor: number}
  | ({kind: 'type'; editor: number} & Place)
  | {kind: 'comment'; editor: number}
  | {kind: 'save'; editor: number}

const id = fc.constantFrom(...IDS)
const field = fc.constantFrom(...FIELDS)
const editor = fc.nat(EDITORS - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.record({kind: fc.constant('update' as const), id, field})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('add' as const)})},
  {weight: 2, arbitrary: fc.record({kind: fc.constant('open' as const), editor})},
  {weight: 4, arbitrary: fc.record({kind: fc.constant('type' as const), editor, id, field})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('comment' as const), editor})},
  {weight: 4, arbitrary: fc.record({kind: fc.constant('save' as const), editor})},
)

/** A board, the editors that have it open, and what was said of it. Every text is given once only. */
class Desk {
  /** The text that stood there when another was put in its place by somebody who saw it. */
  readonly over = new Map<string, string>()
  readonly acknowledged = new Map<string, string>()
  readonly added: string[] = []
  readonly typed = new Set<string>()
  private readonly buffers: string[]
  private number = 0

  readonly paths: ProjectPaths
  readonly board: BoardStore

  private constructor(paths: ProjectPaths, board: BoardStore, opened: string) {
    this.paths = paths
    this.board = board
    this.buffers = Array.from({length: EDITORS}, () => opened)
  }

  static async open(): Promise<Desk> {
    const {paths, board} = await tempBoard()
    for (const title of ['a', 'b', 'c']) {
      await board.change(before => addTask(before, {title, description: `of ${title}`}, NOW))
    }
    return new Desk(paths, board, await readFile(paths.board.tasks, 'utf8'))
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'update') return this.update(step)
    if (step.kind === 'add') return this.add()
    if (step.kind === 'open') this.buffers[step.editor] = await readFile(this.paths.board.tasks, 'utf8')
    if (step.kind === 'type') this.type(step.editor, step)
    if (step.kind === 'comment') this.buffers[step.editor] += `${this.fresh('# note ')}\n`
    if (step.kind === 'save') await this.save(step.editor)
  }

  private fresh(what: string): string {
    this.number += 1
    return `${what}${this.number}.`
  }

  private async update({id, field}: Place): Promise<void> {
    const text = this.fresh('acknowledged ')
    await this.board.change(before => {
      this.over.set(text, before.tasks.find(task => task.id === id)?.[field] ?? '')
      return changeTask(before, id, {[field]: text}, NOW)
    })
    this.acknowledged.set(`${id} ${field}`, text)
  }

  private async add(): Promise<void> {
    const title = this.fresh('added ')
    await this.board.change(before => addTask(before, {title}, NOW))
    this.added.push(title)
  }

  private type(editor: number, {id, field}: Place): void {
    const text = this.fresh('typed ')
    const at = new RegExp(`(- id: ${id}\n[^]*?    ${field}: )(.*)`)
    this.buffers[editor] = (this.buffers[editor] ?? '').replace(at, (_, before: string, old: string) => {
      this.over.set(text, old)
      return `${before}${text}`
    })
  }

  /** Of two saves with nothing of ours between them nobody ever sees the first. */
  private async save(editor: number): Promise<void> {
    await this.settle()
    const buffer = this.buffers[editor] ?? ''
    await writeFile(this.paths.board.tasks, buffer)
    for (const [text] of buffer.matchAll(/typed \d+\.|# note \d+\./g)) this.typed.add(text)
  }

  async settle(): Promise<void> {
    await this.board.change(before => [{...before, last_task: before.last_task + 1}, null])
  }

  /** The text, and all that was knowingly replaced by it. */
  line(text: string): string[] {
    const line: string[] = []
    for (let at: string | undefined = text; at !== undefined; at = this.over.get(at)) line.push(at)
    return line
  }
}

const luck = chance()

describe(`${counts.saves} rows of changes and of saves by ${EDITORS} editors (seed ${luck.seed})`, function () {
  this.timeout(patience(counts.saves, 5))
  onMemoryDisk()
  after(removeTempProjects)

  it('lose no change that was answered and nothing that a person typed (I2)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 5, maxLength: 40}), async steps => {
        const desk = await Desk.open()
        for (const step of steps) await desk.take(step)
        await desk.settle()
        await requireKept(desk)
        await removeTempProjects()
      }),
      {numRuns: counts.saves, seed: luck.seed},
    )
  })
})

async function requireKept(desk: Desk): Promise<void> {
  const {tasks} = await parsedBoard(desk.paths)
  expect(tasks.map(task => task.title)).to.include.members(desk.added)
  for (const [place, text] of desk.acknowledged) {
    const [id, field] = place.split(' ') as [Place['id'], Place['field']]
    expect(desk.line(tasks.find(task => task.id === id)?.[field] ?? ''), place).to.include(text)
  }
  const folder = `${desk.paths.good}/tasks.yaml`
  const aside = (await readdir(folder)).filter(name => name.startsWith('set-aside-'))
  const texts = [await readFile(desk.paths.board.tasks, 'utf8')]
  for (const name of aside) texts.push(await readFile(`${folder}/${name}`, 'utf8'))
  const found = texts.join('\n').match(/(?:typed|acknowledged|# note) \d+\./g) ?? []
  const kept = new Set(found.flatMap(text => desk.line(text)))
  for (const text of desk.typed) expect(kept, text).to.include(text)
}
