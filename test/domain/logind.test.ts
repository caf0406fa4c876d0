import {expect} from 'chai'

import {killsUserProcesses} from '../../src/domain/logind.ts'

describe('systemd-logind', () => {
  const table: [what: string, files: string[], kills: boolean][] = [
    ['nothing', [], false],
    ['a comment', ['[Login]\n#KillUserProcesses=yes\n'], false],
    ['yes', ['[Login]\nKillUserProcesses=yes\n'], true],
    ['yes, with blanks', ['[Login]\n  KillUserProcesses = true\n'], true],
    ['yes in another section', ['[Sleep]\nKillUserProcesses=yes\n'], false],
    ['yes, and no in a later file', ['[Login]\nKillUserProcesses=yes\n', '[Login]\nKillUserProcesses=no\n'], false],
    ['no, and yes in a later file', ['[Login]\nKillUserProcesses=no\n', '[Login]\nKillUserProcesses=1\n'], true],
  ]
  for (const [what, files, kills] of table) {
    it(`${kills ? 'ends' : 'spares'} what a user left running when it is told ${what} (F-060)`, () =>
      expect(killsUserProcesses(files)).to.equal(kills))
  }
})
