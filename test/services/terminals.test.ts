import {expect} from 'chai'

import {shownIn} from '../../src/services/terminals.ts'
import {memoryTerminal} from '../support/memory-terminal.ts'

describe('what a terminal shows', () => {
  const backend = {...memoryTerminal(), screen: async () => 'Sign in'}

  it('is what its backend tells', async () => expect(await shownIn(backend, {})).to.equal('Sign in'))

  it('is nothing where there is no terminal, or nobody to tell', async () => {
    expect(await shownIn(backend, null)).to.equal('')
    expect(await shownIn(undefined, {})).to.equal('')
    expect(await shownIn({...backend, screen: undefined}, {})).to.equal('')
  })

  it('is nothing where it cannot be asked: what went wrong before that is told all the same', async () => {
    const screen = () => Promise.reject(new Error('It does not answer.'))
    expect(await shownIn({...backend, screen}, {})).to.equal('')
  })
})
