import {expect} from 'chai'

import {requireBareSwitches} from '../src/switches.ts'

const FLAGS = {force: {type: 'boolean'}, 'clear-owner': {type: 'boolean'}, note: {type: 'option'}} as const

describe('a flag that takes no value', () => {
  const refused: [argv: string[], flag: string][] = [
    [['--force=no'], '--force'],
    [['--force='], '--force'],
    [['TASK-001', '--clear-owner=true'], '--clear-owner'],
    [['--note', 'x', '--force=1'], '--force'],
    [['--note=x', '--force=1'], '--force'],
    [['--force=a\nb'], '--force'],
  ]
  for (const [argv, flag] of refused) {
    it(`is refused with one: ${JSON.stringify(argv)}`, () => {
      expect(() => requireBareSwitches(argv, FLAGS)).to.throw(`${flag} takes no value: give it, or leave it out.`)
    })
  }

  for (const argv of [
    [],
    ['--force'],
    ['--force', 'no'],
    ['--note=--force=no'],
    ['--note', '--force=no'],
    ['--', '--force=no'],
    ['--unknown=no'],
    ['--constructor=no'],
    ['--note'],
    ['force=no'],
  ]) {
    it(`is not meant by ${JSON.stringify(argv)}`, () => {
      expect(() => requireBareSwitches(argv, FLAGS)).not.to.throw()
    })
  }
})
