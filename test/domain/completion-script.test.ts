import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {completionScript, pastedLines} from '../../src/domain/completion-script.ts'
import {SHELLS} from '../../src/domain/typed-line.ts'

describe('what a shell reads', () => {
  it('calls the program where it is, by its absolute path', () => {
    for (const shell of SHELLS) {
      const script = completionScript(shell, ['/opt/node', '/opt/cp/bin/run.js'])
      expect(script).to.contain(`'/opt/node' '/opt/cp/bin/run.js' internal complete ${shell} --`)
    }
  })

  it('is one word for a path that a shell would take apart', () => {
    const odd = `/a b/it's "$HOME" \`id\` \\\\ $(id)/run.js`
    for (const shell of SHELLS) {
      const line = completionScript(shell, ['printf', '%s', odd])
      const [, call = ''] =
        /(?:reply=\$?"?\(?\$?\(|reply=\$\(|set -l reply \()('printf' .*) internal complete/.exec(line) ?? []
      const {stdout} = spawnSync(shell, ['-c', call], {encoding: 'utf8'})
      expect(stdout, shell).to.equal(odd)
    }
  })

  it('is what that shell can read', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cp-script-'))
    for (const shell of SHELLS) {
      const file = path.join(folder, shell)
      writeFileSync(file, completionScript(shell, ['/opt/node', '/opt/cp/bin/run.js']))
      const {status, stderr} = spawnSync(shell, ['-n', file], {encoding: 'utf8'})
      expect({shell, status, stderr}).to.deep.equal({shell, status: 0, stderr: ''})
    }
    rmSync(folder, {recursive: true})
  })
})

describe('what is pasted', () => {
  it('into bash', () => {
    expect(pastedLines('bash', ['codex-planner'])).to.deep.equal([
      'mkdir -p ~/.config/codex-orchestrator',
      'codex-planner autocomplete bash --script >| ~/.config/codex-orchestrator/completion.bash',
      `grep -qsF codex-orchestrator/completion.bash ~/.bashrc || echo 'source ~/.config/codex-orchestrator/completion.bash' >> ~/.bashrc`,
      'source ~/.config/codex-orchestrator/completion.bash',
    ])
  })

  it('into zsh, whose start-up file may be elsewhere', () => {
    expect(pastedLines('zsh', ['codex-planner'])[2]).to.equal(
      `grep -qsF codex-orchestrator/completion.zsh "\${ZDOTDIR:-$HOME}/.zshrc" || echo 'source ~/.config/codex-orchestrator/completion.zsh' >> "\${ZDOTDIR:-$HOME}/.zshrc"`,
    )
  })

  it('calls a program that is on no PATH where it is', () => {
    expect(pastedLines('fish', ['/opt/node', '/opt/cp/bin/run.js'])[1]).to.match(
      /^\/opt\/node \/opt\/cp\/bin\/run\.js autocomplete fish --script > /,
    )
  })

  it('into fish, which finds the file by itself', () => {
    expect(pastedLines('fish', ['codex-planner'])).to.deep.equal([
      'mkdir -p $__fish_config_dir/completions',
      'codex-planner autocomplete fish --script > $__fish_config_dir/completions/codex-planner.fish',
    ])
  })
})
