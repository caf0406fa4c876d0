import {execFileSync} from 'node:child_process'
import {expect} from 'chai'

import {shellLine} from '../src/domain/shell.ts'

/** What a person sees of three steps of which the second fails, in a terminal or through pipes. */
function shown({terminal}: {terminal: boolean}): string {
  const code = `
    import {showProgress} from '${new URL('../src/progress.ts', import.meta.url).href}'
    const step = (title, run) => ({title, run: async () => ({title, status: 'done', detail: run()})})
    const stop = () => { throw new Error('No tmux is here.') }
    const steps = [step('Look', () => 'ok\\u009b2J'), step('Begin', stop), step('Show', () => 'never')]
    await showProgress(steps, {silent: false}).catch(error => console.log('Thrown: ' + error.message))`
  const line = `${shellLine([process.execPath, '--input-type=module', '-e', code])} 2>&1`
  const argv = terminal ? ['script', '-qefc', `stty cols 120; ${line}`, '/dev/null'] : ['sh', '-c', line]
  const [program = '', ...args] = argv
  return execFileSync(program, args, {encoding: 'utf8', env: {...process.env, TERM: 'xterm', CI: ''}})
}

describe('steps that are shown as they happen', () => {
  for (const terminal of [true, false]) {
    it(`say that what was done before one that fails stays, in a ${terminal ? 'terminal' : 'pipe'}`, () => {
      const text = shown({terminal})
      expect(text).to.include('2. Begin: stopped here. What was done before stays; the next call goes on.')
      expect(text).to.include('Thrown: No tmux is here.')
      expect(text).to.include('Look: ok\\u{9b}2J')
      expect(text).not.to.include('never')
    })
  }
})
