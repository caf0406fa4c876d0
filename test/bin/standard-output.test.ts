// Where an answer goes: to files, closed pipes, full disks, and pipes that somebody has asked not to be kept waiting on.
import {existsSync} from 'node:fs'
import {expect} from 'chai'

import {type Machine, makeMachine, program, type Ran, runProgram} from '../commands/machine.ts'

/** Runs what it is given with a standard output that does not wait, and reads it late, so that it is full meanwhile. */
const NOT_WAITING = `
use Fcntl;
pipe(my $reading, my $writing) or die;
fcntl($writing, F_SETFL, fcntl($writing, F_GETFL, 0) | O_NONBLOCK) or die;
my $called = fork();
if ($called == 0) { open(STDOUT, '>&', $writing); close($reading); exec(@ARGV) or die }
close($writing);
sleep(1);
local $/;
print <$reading>;
waitpid($called, 0);
exit($? >> 8);
`

const LONG = 'x'.repeat(60_000)

describe('an answer', () => {
  let machine: Machine
  let repo: string

  before(async () => {
    machine = await makeMachine()
    repo = await machine.repository('repo')
    await machine.json(['init'], {cwd: repo})
    // Together more than a pipe holds.
    for (const title of ['One', 'Two', 'Three'])
      await machine.json(['create-task', title, '--description', LONG], {cwd: repo})
  })
  after(() => machine.close())

  const inShell = (line: string): Promise<Ran> =>
    runProgram('/bin/bash', ['-c', line, 'bash', process.execPath, program], {cwd: repo, env: machine.env})

  for (const argv of ['list-tasks --json', 'show-task TASK-001', '--help', '--version']) {
    it(`of ${argv} to a pipe that is closed is no fault`, async () => {
      const {code, stdout, stderr} = await inShell(`"$1" "$2" ${argv} | true; echo "\${PIPESTATUS[0]}"`)
      expect({code, stdout, stderr}).to.deep.equal({code: 0, stdout: '0\n', stderr: ''})
    })

    it(`of ${argv} to a full disk is one sentence`, async function () {
      if (!existsSync('/dev/full')) this.skip()
      const {code, stdout, stderr} = await inShell(`"$1" "$2" ${argv} > /dev/full`)
      expect({code, stdout, stderr}).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'The answer cannot be written (ENOSPC).\nTry this: df -h\n',
      })
    })
  }

  it('of more than a pipe holds is whole where the pipe does not wait', async function () {
    if (!existsSync('/usr/bin/perl')) this.skip()
    const args = ['-e', NOT_WAITING, process.execPath, program, 'list-tasks', '--json']
    const {code, stdout, stderr} = await runProgram('/usr/bin/perl', args, {cwd: repo, env: machine.env})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    const {tasks} = JSON.parse(stdout) as {tasks: {description: string}[]}
    expect(tasks.map(({description}) => description)).to.deep.equal([LONG, LONG, LONG])
  })
})
