import type {Readiness, TerminalBackend} from '@codex-planner/plugin-api'
import {expect} from 'chai'

import {type Candidate, chooseBackend, passedOver} from '../../src/domain/backend-choice.ts'
import {refusalOf} from './examples.ts'

function aCandidate(name: string, autoRank: number, missing?: string): Candidate {
  const readiness: Readiness =
    missing === undefined
      ? {ready: true, detail: `${name} 1.0`}
      : {ready: false, reason: missing, remedy: `apt-get install ${name}`}
  const nothing = async () => {
    throw new Error('A choice opens nothing.')
  }
  const backend: TerminalBackend = {
    name,
    api: 1,
    autoRank,
    check: async () => readiness,
    open: nothing,
    survey: nothing,
    close: nothing,
    wayBack: () => ({hint: ''}),
  }
  return {backend, readiness}
}

const tmux = aCandidate('tmux', 10)
const desktop = aCandidate('desktop', 20)
const screen = aCandidate('screen', 5)
const byName = aCandidate('dtach', -1)
const noTmux = aCandidate('tmux', 10, 'tmux is not installed.')
const noDesktop = aCandidate('desktop', 20, 'There is no display.')

describe('the terminal of a team', () => {
  const CHOSEN: [wanted: string, candidates: Candidate[], chosen: string][] = [
    ['auto', [tmux], 'tmux'],
    ['auto', [tmux, desktop, screen], 'desktop'],
    ['auto', [screen, tmux], 'tmux'],
    ['auto', [noDesktop, screen, tmux], 'tmux'],
    ['auto', [noDesktop, noTmux, screen], 'screen'],
    ['tmux', [desktop, tmux], 'tmux'],
    ['dtach', [tmux, byName], 'dtach'],
    ['auto', [byName, screen], 'screen'],
    ['screen', [noDesktop, noTmux, screen], 'screen'],
  ]
  for (const [wanted, candidates, chosen] of CHOSEN) {
    const state = candidates
      .map(({backend, readiness}) => `${backend.name} ${readiness.ready ? 'ready' : 'not ready'}`)
      .join(', ')
    it(`is ${chosen} for ${wanted} with ${state}`, () =>
      expect(chooseBackend(wanted, candidates).name).to.equal(chosen))
  }

  it('leaves the list of candidates as it was', () => {
    const candidates = [screen, tmux, desktop]
    chooseBackend('auto', candidates)
    expect(candidates).to.deep.equal([screen, tmux, desktop])
  })

  it('says for workers that it is the one of their planner, and where they can be started', () => {
    const refused = refusalOf(() => chooseBackend('desktop', [tmux, noDesktop], {inherited: true}))
    expect(refused).to.deep.include({
      code: 'TERMINAL_UNAVAILABLE',
      message:
        'No terminal can be opened. desktop: There is no display. The planner runs in desktop, so its workers do too; ask it to start them, or call from where it is.',
      suggestions: ['codex-planner attach planner'],
    })
  })

  const REFUSED: [what: string, wanted: string, candidates: Candidate[], message: string, suggestions: string[]][] = [
    [
      'tells every reason and remedy when none is ready',
      'auto',
      [noDesktop, noTmux],
      'No terminal can be opened. desktop: There is no display. tmux: tmux is not installed.',
      ['apt-get install desktop', 'apt-get install tmux'],
    ],
    [
      'takes none that must be named',
      'auto',
      [noTmux, byName],
      'No terminal can be opened. tmux: tmux is not installed. dtach: It is taken only when terminal_backend names it.',
      ['apt-get install tmux'],
    ],
    ['says so when none is installed', 'auto', [], 'No terminal can be opened.', []],
    [
      'takes no other than the one that was named',
      'tmux',
      [desktop, noDesktop, noTmux],
      'No terminal can be opened. tmux: tmux is not installed.',
      ['apt-get install tmux'],
    ],
    [
      'names the installed ones for a name nobody knows',
      'kitty',
      [tmux, noDesktop],
      'There is no terminal backend kitty; installed: tmux, desktop.',
      ['codex-planner plugins --core'],
    ],
    [
      'names none for a name nobody knows when none is installed',
      'tmux',
      [],
      'There is no terminal backend tmux; installed: none.',
      ['codex-planner plugins --core'],
    ],
  ]
  for (const [what, wanted, candidates, message, suggestions] of REFUSED) {
    it(what, () => {
      const refused = refusalOf(() => chooseBackend(wanted, candidates))
      expect(refused).to.deep.include({code: 'TERMINAL_UNAVAILABLE', suggestions})
      expect(refused.message).to.equal(message)
    })
  }
})

describe('what a choice passed over', () => {
  const CASES: [wanted: string, candidates: Candidate[], chosen: Candidate, told: string[]][] = [
    ['auto', [noDesktop, tmux], tmux, ['no desktop: There is no display']],
    ['auto', [desktop, tmux], desktop, []],
    ['auto', [desktop, noTmux], desktop, []],
    [
      'auto',
      [noDesktop, noTmux, screen],
      screen,
      ['no desktop: There is no display', 'no tmux: tmux is not installed'],
    ],
    ['tmux', [noDesktop, tmux], tmux, []],
  ]
  for (const [wanted, candidates, chosen, told] of CASES) {
    it(`is ${told.join('; ') || 'nothing'} when ${wanted} led to ${chosen.backend.name}`, () =>
      expect(passedOver(wanted, candidates, chosen.backend)).to.deep.equal(told))
  }
})
