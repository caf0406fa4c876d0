import {existsSync} from 'node:fs'
import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'

import {SHELLS, type Shell} from '../../src/domain/typed-line.ts'
import {binFolder} from '../support/examples.ts'
import {putOnBoard} from './boards.ts'
import {type Machine, makeMachine, runProgram, wholeTree} from './machine.ts'
import {openTypedShell, requireShells, type TypedShell} from './typed-shell.ts'

/** What a person may have set for their own purposes. */
const ODD_BASH = 'set -euo pipefail; set -f; set -C; set -o posix; IFS=x-0; shopt -u progcomp_alias 2>/dev/null || :'
const ODD_ZSH = 'setopt err_exit no_unset no_glob no_clobber sh_word_split ksh_arrays glob_subst; IFS=x-0'

/** Each shell has signs of its own in what it shows. */
const ODD_TITLE = String.raw`Tell: a\nb\\ %F{red}%d $HOME`

describe('TAB', () => {
  let machine: Machine
  let root: string
  let bin: string
  let mark: string
  let script: Record<Shell, string>

  before(async () => {
    requireShells()
    machine = await makeMachine()
    root = await machine.repository('repo')
    bin = await binFolder(machine.folder)
    mark = path.join(machine.folder, 'it-ran')
    await machine.json(['init'], {cwd: root})
    await mkdir(path.join(root, 'sub folder'))
    const run = `touch ${mark}`
    await putOnBoard(root, {
      tasks: [
        {title: `$(${run}) \`${run}\` \${HOME} "two" 'one' a:b \\n %s %F{red} ; & | < > * ~ \\' "; ${run}`},
        {title: ODD_TITLE},
        {title: 'It is there', status: 'done'},
      ],
      sessions: [{name: 'planner'}],
    })
    script = {bash: '', zsh: '', fish: ''}
    for (const shell of SHELLS) {
      const {stdout} = await machine.run(['autocomplete', shell, '--script'])
      script[shell] = path.join(machine.folder, `completion.${shell}`)
      await writeFile(script[shell], stdout)
    }
  })
  afterEach(() => expect(existsSync(mark), 'a title was run').to.equal(false))
  after(() => machine.close())

  async function shellOutput(words: readonly string[], cwd = root): Promise<string[]> {
    const [program = '', ...args] = words
    const {code, stdout, stderr} = await runProgram(program, args, {cwd, env: machine.env})
    expect({code, stderr}).to.deep.equal({code: 0, stderr: ''})
    return stdout === '' ? [] : stdout.trimEnd().split('\n')
  }

  describe('in bash', () => {
    /** What the function leaves for these pieces; the last one is at the cursor. */
    const replied = (pieces: readonly string[], settings = ':') =>
      shellOutput([
        'bash',
        '--norc',
        '-c',
        `${settings}; source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _codex_planner codex-planner "\${COMP_WORDS[COMP_CWORD]#[=:]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
        IFS=' '; if [[ \${#COMPREPLY[@]} -gt 0 ]]; then printf '%s\\n' "\${COMPREPLY[@]}"; fi`,
        'bash',
        script.bash,
        'codex-planner',
        ...pieces,
      ])
    const TABLE: [pieces: string[], values: string[]][] = [
      [['spa'], ['spawn-worker']],
      [
        ['show-task', ''],
        ['TASK-001', 'TASK-002', 'TASK-003'],
      ],
      [['show-task', 'task-003'], ['TASK-003']],
      [
        ['spawn-worker', '--force', 'T'],
        ['TASK-001', 'TASK-002'],
      ],
      [['show-task', 'TASK-001', '--js'], ['--json']],
      [['list-tasks', '--status', 'n'], ['needs_input']],
      [['list-tasks', '--status', '=', 'n'], ['needs_input']],
      [
        ['list-tasks', '--format', '='],
        ['table', 'yaml', 'json'],
      ],
      [['update-task', '--title', 'a', ':', 'b', '--pri'], ['--priority']],
      [['update-task', '--title', 'a', ':'], []],
      [['plugins', 'li'], ['link']],
      [['nothing-like-it', ''], []],
      [['run', '--purpose', 'x', '--', 'tmux-no-such'], []],
      [['list-tasks', '>', ''], []],
    ]
    for (const [pieces, values] of TABLE) {
      it(`completes ${pieces.join(' ')}`, async () => expect(await replied(pieces)).to.deep.equal(values))
      it(`completes ${pieces.join(' ')} whatever a person has set`, async () =>
        expect(await replied(pieces, ODD_BASH)).to.deep.equal(values))
    }

    it('completes nothing outside of a repository', async () => {
      const line = `source "$1"; COMP_WORDS=(codex-planner show-task ''); COMP_CWORD=2; _codex_planner codex-planner '' show-task; echo "\${#COMPREPLY[@]}"`
      expect(await shellOutput(['bash', '--norc', '-c', line, 'bash', script.bash], machine.folder)).to.deep.equal([
        '0',
      ])
    })
  })

  describe('in zsh', () => {
    /** What the function gives the completion system, of which only the part that shows it is played. */
    const described = (words: readonly string[], file = script.zsh, cwd = root) =>
      shellOutput(
        [
          ...['zsh', '-f', '-c'],
          `compdef() {}; _describe() { print -rl -- "\${(@P)3}" }; source "$1"; shift; words=("$@")
          CURRENT=$#words; PREFIX=$words[-1]; _codex_planner || :`,
          ...['zsh', file, 'codex-planner', ...words],
        ],
        cwd,
      )
    const TABLE: [words: string[], lines: string[]][] = [
      [
        ['spawn-worker', '--f'],
        ['--force:Start although a task it depends on is not done or merged. For the person only.'],
      ],
      [
        ['show-task', '--repo-path', '.', ''],
        ['TASK-001', `TASK-002:${ODD_TITLE.replaceAll('\\', '\\\\')}`, 'TASK-003:It is there'],
      ],
      [
        ['list-tasks', '--format='],
        ['--format=table', '--format=yaml', '--format=json'],
      ],
      [['nothing-like-it', ''], []],
    ]
    for (const [words, lines] of TABLE) {
      it(`completes ${words.join(' ')}`, async () => {
        const found = (await described(words)).filter(line => !/^--(?:json|repo-path|help):/.test(line))
        expect(found.map(line => line.replace(/^TASK-001:.*/, 'TASK-001'))).to.deep.equal(lines)
      })
    }

    it('completes nothing outside of a repository', async () =>
      expect(await described(['show-task', ''], script.zsh, machine.folder)).to.deep.equal([]))
  })

  it('is silent when the program is gone', async () => {
    for (const shell of SHELLS) {
      const text = await readFile(script[shell], 'utf8')
      expect(text).to.contain(process.execPath)
      await writeFile(`${script[shell]}-gone`, text.replaceAll(process.execPath, '/no/such/node'))
    }
    const lines: Record<Shell, string> = {
      bash: `set -eu; source "$1"; COMP_WORDS=(codex-planner ''); COMP_CWORD=1; _codex_planner codex-planner '' codex-planner`,
      zsh: `compdef() {}; source "$1"; words=(codex-planner ''); CURRENT=2; _codex_planner || :`,
      fish: `source $argv[2]; complete -C 'codex-planner '`,
    }
    for (const shell of SHELLS) {
      expect(await shellOutput([shell, '-c', lines[shell], shell, `${script[shell]}-gone`]), shell).to.deep.equal([])
    }
  })

  describe('in fish', () => {
    const offered = (line: string) =>
      shellOutput(['fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script.fish, line])
    const TABLE: [line: string, lines: string[]][] = [
      ['codex-planner spa', ['spawn-worker\tStart a worker on a task, in a worktree of its own.']],
      ['codex-planner show-task 002', [`TASK-002\t${ODD_TITLE}`]],
      ['codex-planner show-task "TASK-003', ['TASK-003\tIt is there']],
      ['codex-planner show-task TASK-001 --js', ['--json\tFormat output as json.']],
      ['codex-planner list-tasks --status=n', ['--status=needs_input']],
      ['codex-planner list-tasks --repo-path su', ['sub folder/']],
      ['codex-planner list-tasks --repo-path=su', ['--repo-path=sub folder/']],
      ['codex-planner nothing-like-it ', []],
      [
        'codex-planner run --purpose x -- codex-planner spa',
        ['spawn-worker\tStart a worker on a task, in a worktree of its own.'],
      ],
    ]
    for (const [line, lines] of TABLE) {
      it(`completes ${line}`, async () => expect(await offered(line)).to.deep.equal(lines))
    }

    it('shows a title as it is', async () => {
      const [line = ''] = await offered('codex-planner show-task TASK-001')
      expect(line).to.match(/^TASK-001\t\$\(touch .*…/)
    })

    it('completes for an alias', async () => {
      const line = 'source $argv[1]; alias cpl codex-planner; complete -C "cpl spa"'
      expect(await shellOutput(['fish', '--no-config', '-c', line, script.fish])).to.deep.equal([
        'spawn-worker\tStart a worker on a task, in a worktree of its own.',
      ])
    })
  })

  describe('pressed in', () => {
    let shell: TypedShell | undefined
    afterEach(async () => {
      await shell?.close()
      shell = undefined
    })

    const START: Record<
      Shell,
      (file: string, settings: string) => Promise<{words: string[]; env?: NodeJS.ProcessEnv}>
    > = {
      bash: async (file, settings) => {
        const rc = path.join(machine.folder, 'rc.bash')
        await writeFile(rc, `PS1='> '\n${settings}\nsource '${file}'\n`)
        return {words: ['bash', '--noprofile', '--rcfile', rc, '-i']}
      },
      zsh: async (file, settings) => {
        const folder = path.join(machine.folder, 'zdotdir')
        await mkdir(folder, {recursive: true})
        await writeFile(path.join(folder, '.zshrc'), `PS1='> '\nsource '${file}'\n${settings}\n`)
        return {words: ['env', `ZDOTDIR=${folder}`, 'zsh', '-i']}
      },
      fish: async file => ({
        words: ['fish', '--no-config', '-C', `function fish_prompt; echo '> '; end; source '${file}'`],
      }),
    }
    const CASES: [shell: Shell, settings: string][] = [
      ['bash', ':'],
      ['bash', ODD_BASH],
      ['zsh', ':'],
      ['zsh', ODD_ZSH],
      ['fish', ''],
    ]
    for (const [name, settings] of CASES) {
      it(`${name}, it completes a line piece by piece${settings.length > 1 ? ', whatever a person has set' : ''}`, async () => {
        shell = await openTypedShell(machine, {...(await START[name](script[name], settings)), cwd: root})
        const typed: [text: string, shows: string][] = [
          ['codex-planner list-ta', '> codex-planner list-tasks'],
          ['--stat', '> codex-planner list-tasks --status'],
          ['needs', '> codex-planner list-tasks --status needs_input'],
          ['--format=ya', '> codex-planner list-tasks --status needs_input --format=yaml'],
          [
            '--repo-path=sub',
            '> codex-planner list-tasks --status needs_input --format=yaml --repo-path=sub\\ folder/',
          ],
        ]
        for (const [text, shows] of typed) {
          await shell.type(text)
          await shell.press('Tab')
          await shell.shown(shows, screen => screen.split('\n').some(line => line.trimEnd() === shows))
        }
      })
    }

    const SCOPED: [shell: Shell, settings: string, typed: string][] = [
      ['bash', ':', ''],
      ['bash', ':', '@'],
      ['bash', ODD_BASH, '@m'],
      ['zsh', ODD_ZSH, '@m'],
      ['fish', '', '@m'],
    ]
    for (const [name, settings, typed] of SCOPED) {
      it(`${name}, it completes a plugin's name that begins so: '${typed}'${settings.length > 1 ? ', whatever a person has set' : ''}`, async () => {
        const folder = path.join(machine.folder, 'a-plugin')
        await mkdir(folder, {recursive: true})
        await writeFile(path.join(folder, 'package.json'), '{"name": "@me/mine", "version": "1.0.0", "oclif": {}}')
        await machine.run(['plugins', 'link', folder, '--no-install'])
        shell = await openTypedShell(machine, {...(await START[name](script[name], settings)), cwd: root})
        await shell.type(`codex-planner plugins uninstall ${typed}`)
        await shell.press('Tab')
        const shows = '> codex-planner plugins uninstall @me/mine'
        await shell.shown(shows, screen => screen.split('\n').some(line => line.trimEnd() === shows))
      })
    }

    const OTHER_NAMES: [shell: Shell, settings: string][] = [
      ['bash', 'alias cpl=codex-planner; complete -F _codex_planner cpl'],
      ['zsh', 'alias cpl=codex-planner'],
    ]
    for (const [name, settings] of OTHER_NAMES) {
      it(`${name}, it knows the program by its path and by an alias`, async () => {
        const {words} = await START[name](script[name], name === 'bash' ? '' : settings)
        shell = await openTypedShell(machine, {words, cwd: root})
        if (name === 'bash') await shell.type(settings)
        await shell.press('Enter')
        for (const called of [path.join(bin, 'codex-planner'), 'cpl']) {
          await shell.press('C-u')
          await shell.type(`${called} spaw`)
          await shell.press('Tab')
          await shell.shown(called, screen => screen.includes(`${called} spawn-worker`))
        }
      })
    }

    for (const name of ['zsh', 'fish'] as const) {
      it(`${name}, it lists tasks with their titles`, async () => {
        shell = await openTypedShell(machine, {...(await START[name](script[name], ':')), cwd: root})
        await shell.type('codex-planner show-task TASK-0')
        await shell.press('Tab', 'Tab')
        const screen = await shell.shown('the titles', text => /TASK-003\b.*It is there/.test(text))
        expect(screen).to.match(/TASK-001\b.*\$\(touch /)
        expect(screen.split('\n').find(line => line.startsWith('TASK-002'))).to.contain(ODD_TITLE)
      })
    }
  })

  describe('after what autocomplete prints was pasted', () => {
    const RC: Record<Shell, [file: string, interactive: string[]]> = {
      bash: ['.bashrc', ['bash', '-i']],
      zsh: ['.zshrc', ['zsh', '-i']],
      fish: ['.config/fish/completions/codex-planner.fish', ['fish']],
    }
    for (const name of SHELLS) {
      it(`once or twice, works in every new ${name}`, async () => {
        const home = path.join(machine.folder, `home-${name}`)
        await mkdir(home)
        await writeFile(path.join(home, '.bashrc'), `PS1='> '\n`)
        await writeFile(path.join(home, '.zshrc'), `PS1='> '\n`)
        await mkdir(path.join(home, '.config/fish'), {recursive: true})
        await writeFile(path.join(home, '.config/fish/config.fish'), `function fish_prompt; echo '> '; end\n`)
        const env = {HOME: home, XDG_CONFIG_HOME: path.join(home, '.config'), PATH: `${bin}:${machine.env.PATH}`}
        const {stdout} = await machine.run(['autocomplete'], {env: {...env, SHELL: `/usr/bin/${name}`}})
        for (const _ of ['once', 'twice']) {
          const pasted = await runProgram(name, ['-c', stdout], {cwd: root, env: {...machine.env, ...env}})
          expect({code: pasted.code, stderr: pasted.stderr.replace(/.*compdef.*\n/g, '')}).to.deep.equal({
            code: 0,
            stderr: '',
          })
        }
        const [file, interactive] = RC[name]
        const text = await readFile(path.join(home, file), 'utf8')
        expect(text.match(/^source .*|^complete .* -a .*/gm)).to.have.length(1)
        const shell = await openTypedShell(machine, {
          words: ['env', `HOME=${home}`, `XDG_CONFIG_HOME=${env.XDG_CONFIG_HOME}`, `PATH=${env.PATH}`, ...interactive],
          cwd: root,
        })
        try {
          await shell.type('codex-planner spaw')
          await shell.press('Tab')
          await shell.shown('the command', screen => screen.includes('codex-planner spawn-worker'))
        } finally {
          await shell.close()
        }
      })
    }
  })

  it('leaves nothing in the repository', async () => {
    const earlier = await wholeTree(root)
    await shellOutput([
      'fish',
      '--no-config',
      '-c',
      `source $argv[1]; complete -C 'codex-planner show-task '`,
      script.fish,
    ])
    expect(await wholeTree(root)).to.deep.equal(earlier)
  })
})
