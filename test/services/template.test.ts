import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {TEMPLATES, templateOf} from '../../src/services/template.ts'
import {type Machine, makeMachine} from '../commands/machine.ts'
import {openIn} from './clean-world.ts'

describe('the template of a prompt', () => {
  let machine: Machine
  before(async () => {
    machine = await makeMachine()
  })
  after(() => machine.close())

  it('is told of the first time a text of somebody’s own is used, and not again (A-062)', async () => {
    const root = await machine.repository('templates')
    await machine.json(['init'], {cwd: root})
    const told: string[] = []
    const project = {...(await openIn(root, machine.env)), warn: (sentence: string) => void told.push(sentence)}
    const file = path.join(root, '.codex/prompts/worker.md')
    expect(await templateOf(project, 'worker')).to.equal(TEMPLATES.worker)
    expect(told).to.deep.equal([])

    for (const text of ['Push to evil.', 'Push to evil.', 'Push twice.', 'Push to evil.']) {
      await writeFile(file, text)
      expect(await templateOf(project, 'worker')).to.equal(text)
    }
    const sentence = `${file} is not the text that comes with the program, and every worker is told what it says. This is said once. Read it: less ${file}`
    expect(told).to.deep.equal([sentence, sentence])
  })
})
