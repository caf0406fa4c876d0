import {mkdir, rm} from 'node:fs/promises'
import path from 'node:path'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {codexProgram, makeCodexHome, makeScratchFolder} from '../../../test/support/codex-home.ts'
import {startScriptedModel} from '../../../test/support/scripted-model/server.ts'
import {screenBackend} from '../src/screen-backend.ts'
import {pasteable} from '../src/words.ts'
import {scriptIn, type ThrowAway, throwAwayHost, until} from './throw-away.ts'

describe('text typed into Codex in screen', () => {
  let throwAway: ThrowAway
  let scratch: string
  let model: Awaited<ReturnType<typeof startScriptedModel>>
  let backend: ReturnType<typeof screenBackend>
  let ref: TerminalRef

  before(async () => {
    throwAway = await throwAwayHost()
    scratch = makeScratchFolder('typing')
    const work = path.join(scratch, 'work')
    await mkdir(work)
    model = await startScriptedModel({script: {fallback: {text: 'Heard.'}}})
    const {env} = makeCodexHome({
      folder: path.join(scratch, 'home'),
      baseUrl: model.baseUrl,
      model: 'scripted-plain',
      trusted: [work],
    })
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const line = pasteable(['env', ...variables, codexProgram(), '--no-daemon', '--yolo', '-C', work, '--', 'Begin.'])
    const script = await scriptIn(
      throwAway.folder,
      'worker-1',
      `PATH=${pasteable([path.dirname(process.execPath)])}:$PATH\n${line}`,
    )
    backend = screenBackend(throwAway.host)
    ref = await backend.open({id: 'a', project: 'kit', session: 'worker-1', title: 'worker', script: script.file})
    await until('Codex has answered', async () => (await backend.screen?.(ref))?.includes('Heard.') === true)
  })

  after(async () => {
    await backend.close(ref)
    await throwAway.remove()
    await model.close()
    await rm(scratch, {recursive: true, force: true})
  })

  /** How often the text stands in what the model was sent: the newest request holds all before it. */
  const heard = (text: string) =>
    Math.max(
      ...model.requests.map(request => JSON.stringify(request).split(JSON.stringify(text).slice(1, -1)).length - 1),
    )

  for (const [what, text] of [
    ['a short line', 'The answer is #42; use $(date) "as is".'],
    ['the same line again', 'The answer is #42; use $(date) "as is".'],
    ['many lines', Array.from({length: 200}, (_, line) => `line ${line} of a long note`).join('\n')],
  ] as const) {
    it(`is submitted whole: ${what}`, async () => {
      const before = heard(text)
      await backend.type?.(ref, text)
      await until('the model was asked', async () => heard(text) > before)
    })
  }
})
