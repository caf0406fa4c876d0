import assert from 'node:assert/strict'

import {type Bench, canary, LASTING} from './bench.ts'
import {becomes, isAWay, runs} from './expectations.ts'
import {nasty} from './nasty.ts'

export async function tellsAWayBack(bench: Bench): Promise<void> {
  isAWay(bench.backend.wayBack(await bench.open(await bench.script(LASTING))))
}

export async function tellsTheScreen(bench: Bench): Promise<void> {
  const ref = await bench.open(
    await bench.script(`printf 'one\\n\\033[31mtwo\\033[0m\\nthr\\303\\251e\\n'; ${LASTING}`),
  )
  let text = ''
  await bench.until('the screen shows the lines', async () => {
    text = (await bench.backend.screen?.(ref)) ?? ''
    return text.includes('thrée')
  })
  assert.deepEqual(text.split('\n').slice(0, 3), ['one', 'two', 'thrée'])
  assert.doesNotMatch(text, /(?!\n)\p{Cc}/u)
}

/** Whoever wants to know why a session ended asks just then. */
export async function tellsOfTheGone(bench: Bench): Promise<void> {
  const {backend} = bench
  const closed = await bench.open(await bench.script(`echo here; ${LASTING}`))
  await bench.until('the screen shows the line', async () => (await backend.screen?.(closed))?.includes('here') ?? true)
  await backend.close(closed)
  await becomes(bench, closed, 'gone')
  assert.equal(await backend.screen?.(closed), '', 'a terminal that was closed shows nothing')
  const ended = await bench.open(await bench.script('exit 3'))
  await becomes(bench, ended, 'gone')
  assert.equal(typeof (await backend.screen?.(ended)), 'string')
  const other = await bench.another()
  const strange = await other.backend.open(bench.request(await bench.script(LASTING)))
  await other.cleanUp()
  await becomes(bench, strange, 'gone')
  assert.equal(await backend.screen?.(strange), '', 'a terminal of another life shows nothing')
}

/** A title is set as Codex sets it: by an escape sequence of the terminal. */
function titled(title: string): string {
  return `printf '\\033]2;%s\\007' '${title}'; ${LASTING}`
}

export async function hintsAtApprovals(bench: Bench): Promise<void> {
  const {backend} = bench
  const scripts = [
    await bench.script(titled('[ ! ] Action Required | Tests | repo')),
    await bench.script(titled('Action Required: [ . ] Action Required | repo')),
    await bench.script(`echo '[ . ] Action Required | Tests | repo'; ${LASTING}`),
  ] as const
  const [waiting, talking, plain] = [
    await bench.open(scripts[0]),
    await bench.open(scripts[1]),
    await bench.open(scripts[2]),
  ]
  for (const script of scripts) await script.wrote('started')
  await bench.until('a hint at the approval', async () => (await backend.hints?.([waiting]))?.[0] === 'approval')
  assert.deepEqual(await backend.hints?.([talking, waiting, plain, waiting]), [null, 'approval', null, 'approval'])
  assert.deepEqual(await backend.hints?.([]), [])
  assert.deepEqual(await backend.hints?.([{}, {window: 'x', pid: 1}]), [null, null])
  await backend.close(waiting)
  await becomes(bench, waiting, 'gone')
  assert.deepEqual(await backend.hints?.([waiting]), [null])
}

const READS_A_LINE = 'echo ready; IFS= read -r line; printf %s "$line" >line.new; mv line.new line; sleep 1000'

async function typeLine(bench: Bench, text: string): Promise<string> {
  const script = await bench.script(READS_A_LINE)
  const ref = await bench.open(script)
  await bench.until('the script reads', async () => (await bench.backend.screen?.(ref))?.includes('ready') ?? true)
  await bench.backend.type?.(ref, text)
  const line = await script.wrote('line')
  await bench.backend.close(ref)
  return line
}

export async function typesText(bench: Bench): Promise<void> {
  const {file, wasMade} = canary()
  const texts = nasty(file)
  assert.deepEqual(await Promise.all(texts.map(text => typeLine(bench, text))), texts)
  assert.equal(await wasMade(), false, 'a part of a text was run')
}

/** Longer than what a command line or a terminal's line may hold. */
export async function typesLongText(bench: Bench): Promise<void> {
  const text = `${'0123456789\n'.repeat(2000)}and this is where the whole of the text ends`
  const script = await bench.script(
    `stty -icanon -icrnl min 1 2>/dev/null; echo ready; dd bs=1 count=${text.length} of=text.new 2>/dev/null; mv text.new text; sleep 1000`,
  )
  const ref = await bench.open(script)
  await bench.until('the script reads', async () => (await bench.backend.screen?.(ref))?.includes('ready') ?? true)
  await bench.backend.type?.(ref, text)
  assert.equal(await script.wrote('text'), text)
}

export async function typesNoEscapes(bench: Bench): Promise<void> {
  const line = await typeLine(bench, 'one \u001B[201~two\u0003\u0004\u001A\u009B three')
  assert.doesNotMatch(line, /\p{Cc}/u)
  assert.match(line, /^one .*two.* three$/)
}

export async function hasADashboard(bench: Bench): Promise<void> {
  const {dashboard} = bench.backend
  assert.equal(await dashboard?.wayBack('kit'), undefined)
  const script = await bench.script(LASTING)
  const windows = [
    {ref: await bench.open(script), title: 'planner'},
    {ref: await bench.open(script), title: 'worker'},
  ]
  for (const status of ['nothing needs you', 'nothing needs you', '1 question']) {
    await dashboard?.show({project: 'kit', windows, status})
    isAWay(await dashboard?.wayBack('kit'))
  }
  assert.equal(await dashboard?.wayBack('other'), undefined)
  await dashboard?.close('kit')
}

export async function keepsItsDashboard(bench: Bench): Promise<void> {
  const {dashboard} = bench.backend
  const script = await bench.script(LASTING)
  const [first, second] = [await bench.open(script), await bench.open(script)]
  const windows = [
    {ref: first, title: 'planner'},
    {ref: second, title: 'worker'},
  ]
  await dashboard?.show({project: 'kit', windows, status: ''})
  await bench.backend.close(first)
  await becomes(bench, first, 'gone')
  isAWay(await dashboard?.wayBack('kit'))
  await dashboard?.show({project: 'kit', windows, status: ''})
  assert.deepEqual(await bench.backend.survey([second]), ['open'])
  await dashboard?.close('kit')
}

export async function closesItsDashboard(bench: Bench): Promise<void> {
  const {dashboard} = bench.backend
  const script = await bench.script(LASTING)
  const ref = await bench.open(script)
  const pid = Number(await script.wrote('started'))
  await dashboard?.show({project: 'kit', windows: [{ref, title: 'planner'}], status: ''})
  await dashboard?.close('kit')
  assert.equal(await dashboard?.wayBack('kit'), undefined)
  assert.deepEqual(await bench.backend.survey([ref]), ['open'])
  assert.equal(runs(pid), true)
  await dashboard?.close('kit')
}
