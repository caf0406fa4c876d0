import {expect} from 'chai'

import {warningText} from '../src/warnings.ts'

describe('a warning of Node', () => {
  const ofPlugin = (error: Error, fields: object = {}) =>
    Object.assign(error, {name: `${error.name} Plugin: codex-planner`, ...fields})

  it('is a sentence about the plugin that is not there', () => {
    const error = ofPlugin(new Error('ENOENT: no such file'), {code: 'ENOENT', path: '/opt/mine/package.json'})
    expect(warningText(error)).to.equal(
      '    Warning: A plugin could not be loaded: its folder /opt/mine is not there.\n    Try this: codex-planner doctor\n',
    )
  })

  it('is one line about a plugin that is broken in another way', () => {
    expect(warningText(ofPlugin(new SyntaxError('Unexpected token.\nin line 3')))).to.equal(
      '    Warning: A plugin could not be loaded: Unexpected token.\n    Try this: codex-planner doctor\n',
    )
  })

  it('is nothing where nobody can act on it, and left to Node else', () => {
    expect(warningText('SQLite is an experimental feature and might change at any time')).to.equal('')
    expect([warningText('Something is deprecated'), warningText(new Error('x'))]).to.deep.equal([undefined, undefined])
  })
})
