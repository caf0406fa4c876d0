import {expect} from 'chai'

import {withDefaultCommand} from '../src/default-command.ts'

describe('what is typed', () => {
  const table: [typed: string[], meant: string[]][] = [
    [[], ['launch']],
    [['--new-session'], ['launch', '--new-session']],
    [['--json'], ['launch', '--json']],
    [
      ['--repo-path', 'x'],
      ['launch', '--repo-path', 'x'],
    ],
    [
      ['--new-session', '--help'],
      ['launch', '--new-session', '--help'],
    ],
    [['--'], ['launch', '--']],
    [['-x'], ['launch', '-x']],
    [[''], ['']],
    [['--help'], ['--help']],
    [['-h'], ['-h']],
    [['--version'], ['--version']],
    [['-v'], ['-v']],
    [
      ['list-tasks', '--all'],
      ['list-tasks', '--all'],
    ],
    [['help'], ['--help']],
    [
      ['help', 'create', 'task', '--json'],
      ['--help', 'create', 'task', '--json'],
    ],
  ]
  for (const [typed, meant] of table) {
    const said = ['codex-planner', ...typed.map(word => JSON.stringify(word))].join(' ')
    it(`${said} means ${meant[0] === 'launch' ? 'a launch' : meant.join(' ')}`, () => {
      expect(withDefaultCommand(typed)).to.deep.equal(meant)
    })
  }
})
