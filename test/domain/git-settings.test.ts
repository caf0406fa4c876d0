import {expect} from 'chai'

import {parseSettings, runsProgram} from '../../src/domain/git-settings.ts'

describe('the settings of a repository', () => {
  it('are read as git prints them, also those without a value and with lines in it', () => {
    expect(parseSettings('core.bare\nfalse\0alias.x\n!f() {\n}\0core.quiet\0')).to.deep.equal([
      {key: 'core.bare', value: 'false'},
      {key: 'alias.x', value: '!f() {\n}'},
      {key: 'core.quiet', value: ''},
    ])
    expect(parseSettings('')).to.deep.equal([])
  })

  const running: [key: string, value: string][] = [
    ['core.fsmonitor', '.git/spy'],
    ['core.hookspath', '.husky'],
    ['core.sshcommand', 'ssh -i x'],
    ['core.pager', 'less'],
    ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
    ['filter.a.b.c.process', 'x'],
    ['diff.external', 'x'],
    ['diff.pdf.textconv', 'pdftotext'],
    ['merge.ours.driver', 'true'],
    ['credential.helper', 'store'],
    ['credential.https://example.org.helper', '!x'],
    ['gpg.program', 'x'],
    ['gpg.ssh.program', 'x'],
    ['remote.origin.uploadpack', 'x'],
    ['alias.st', '!touch x'],
    ['submodule.a.update', '!touch x'],
    ['include.path', '../settings'],
    ['includeif.gitdir:~/x/.path', 'settings'],
  ]
  for (const [key, value] of running) {
    it(`have git run something with ${key}=${value} (A-045)`, () => expect(runsProgram({key, value})).to.equal(true))
  }

  const harmless: [key: string, value: string][] = [
    ['core.fsmonitor', 'true'],
    ['core.fsmonitor', 'false'],
    ['core.fsmonitor', ''],
    ['core.bare', 'false'],
    ['core.pager', ''],
    ['alias.st', 'status'],
    ['submodule.a.update', 'rebase'],
    ['remote.origin.url', 'https://example.org/x'],
    ['branch.main.merge', 'refs/heads/main'],
    ['filter.lfs.required', 'true'],
    ['user.name', 'Ada'],
  ]
  for (const [key, value] of harmless) {
    it(`run nothing with ${key}=${value}`, () => expect(runsProgram({key, value})).to.equal(false))
  }
})
