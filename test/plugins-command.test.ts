import {expect} from 'chai'

import {withFileNames} from '../src/plugins-command.ts'

describe('the words of a call of plugins', () => {
  const cases: [typed: string, given: string][] = [
    ['plugins install ./mine', 'plugins install file:/home/ana/mine'],
    ['plugins install .', 'plugins install file:/home/ana'],
    ['plugins install ../mine-1.0.0.tgz --force', 'plugins install file:/home/mine-1.0.0.tgz --force'],
    ['plugins install /opt/mine', 'plugins install file:/opt/mine'],
    ['plugins add /opt/mine', 'plugins add file:/opt/mine'],
    ['plugins install mine', 'plugins install mine'],
    ['plugins install @me/mine@1', 'plugins install @me/mine@1'],
    ['plugins install me/mine', 'plugins install me/mine'],
    ['plugins install file:./mine', 'plugins install file:./mine'],
    ['plugins link ./mine', 'plugins link ./mine'],
    ['create-task /opt/mine', 'create-task /opt/mine'],
  ]
  for (const [typed, given] of cases) {
    it(`${typed} reaches npm as ${given}`, () => {
      expect(withFileNames(typed.split(' '), '/home/ana').join(' ')).to.equal(given)
    })
  }
})
