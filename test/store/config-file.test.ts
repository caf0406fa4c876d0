import {mkdir, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {type HostConfig, readConfig} from '../../src/store/config-file.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

async function homeWith(text?: string): Promise<{home: string; file: string}> {
  const {root: home} = await tempProject()
  const file = join(home, '.config/codex-orchestrator/config.toml')
  await mkdir(dirname(file), {recursive: true})
  if (text !== undefined) await writeFile(file, text)
  return {home, file}
}

async function configOf(text: string, env: Record<string, string> = {}): Promise<HostConfig> {
  const {home} = await homeWith(text)
  return readConfig({HOME: home, ...env})
}

describe('the host’s configuration file', () => {
  after(removeTempProjects)

  it('does not have to be there', async () => {
    const {home, file} = await homeWith()
    const read = await readConfig({HOME: home})
    expect(read).to.deep.include({file, found: false, warnings: []})
    expect(read.config).to.include({terminal_backend: 'auto', codex_executable: 'codex'})
  })

  it('has keys under [defaults] and a table for each plugin', async () => {
    const {config, warnings} = await configOf(`
[defaults]
terminal_backend = "tmux"
max_heavy_leases = 3
max_loadavg_1 = 3.2
[plugins.tmux]
socket = "default"
[plugins."terminal-screen"]
`)
    expect(config).to.include({terminal_backend: 'tmux', max_heavy_leases: 3, max_loadavg_1: 3.2})
    expect(config.plugins).to.deep.equal({tmux: {socket: 'default'}, 'terminal-screen': {}})
    expect(warnings).to.deep.equal([])
  })

  it('may be kept behind a link', async () => {
    const {home, file} = await homeWith()
    await writeFile(join(home, 'dotfile'), '[defaults]\nworker_model = "small"\n')
    await symlink(join(home, 'dotfile'), file)
    expect((await readConfig({HOME: home})).config.worker_model).to.equal('small')
  })

  const faults: [what: string, text: string, sentence: string][] = [
    ['no TOML', '[defaults]\ngit_executable = git\n', ' line 2, column 18: this is not TOML (invalid value).'],
    [
      'a wrong type',
      '# mine\n[defaults]\nmax_heavy_leases = "3"\n',
      ' line 3: max_heavy_leases is "3"; accepted is a whole number from 1 to 1024.',
    ],
    [
      'a wrong value',
      '[defaults]\n  lease_ttl_seconds = 0\n',
      ' line 2: lease_ttl_seconds is 0; accepted is a whole number from 10 to 604800.',
    ],
    ['a dotted key', 'defaults.worker_model = 5\n', ' line 1: worker_model is 5; accepted is the name of a model.'],
    [
      'a key in quotes',
      '[defaults]\n"planner_model" = true\n',
      ' line 2: planner_model is true; accepted is the name of a model.',
    ],
    [
      'a program inside the working folder',
      '[defaults]\ncodex_executable = "./codex"\n',
      ` line 2: codex_executable is "./codex"; accepted is a program's name, an absolute path, or one that begins with ~/.`,
    ],
    ['defaults that are no table', 'defaults = 1\n', ' line 1: defaults is 1; accepted is a table, [defaults].'],
    [
      'a plugin that is no table',
      '[plugins]\ntmux = "on"\n',
      ' line 2: plugins.tmux is "on"; accepted is a table, [plugins.tmux].',
    ],
    [
      'a date',
      '[defaults]\nworker_model = 2026-01-31\n',
      ' line 2: worker_model is 2026-01-31; accepted is the name of a model.',
    ],
  ]
  for (const [what, text, sentence] of faults) {
    it(`is refused with file and line when it holds ${what}`, async () => {
      const {home, file} = await homeWith(text)
      expect(await refusal(readConfig({HOME: home}))).to.deep.equal({
        code: 'INVALID_CONFIG',
        message: `${file}${sentence}`,
        suggestions: [`\${EDITOR:-vi} ${file}`],
      })
    })
  }

  it('may hold keys nobody knows, which is said with the nearest known one', async () => {
    const {home, file} = await homeWith('worker_model = "x"\nplugin = 1\n[defaults]\nplaner_model = "y"\n[default]\n')
    expect((await readConfig({HOME: home})).warnings).to.deep.equal([
      `${file} line 1: worker_model is not used; it belongs under [defaults].`,
      `${file} line 2: plugin is not used; the nearest known one is plugins.`,
      `${file} line 5: default is not used; the nearest known one is defaults.`,
      `${file} line 4: planer_model is not a known key; the nearest known one is planner_model.`,
    ])
  })

  describe('and the settings of a plugin in it', () => {
    const schema = {
      most: {
        default: 4,
        accepted: 'a number above 0',
        read: (value: unknown) => (typeof value === 'number' && value > 0 ? value : undefined),
      },
      name: {
        default: null,
        accepted: 'a text',
        read: (value: unknown) => (typeof value === 'string' ? value : undefined),
      },
    }
    const settings = async (text: string) => {
      const {home, file} = await homeWith(text)
      return {
        file,
        read: (await readConfig({HOME: home})).pluginSettings<{most: number; name: string | null}>('tmux', schema),
      }
    }

    it('are those of its own table, with its defaults', async () => {
      const {read} = await settings('[plugins.screen]\nmost = 9\n[plugins.tmux]\nname = "x"\n')
      expect(read).to.deep.equal({most: 4, name: 'x'})
      expect((await settings('')).read).to.deep.equal({most: 4, name: null})
    })

    const wrong: [what: string, text: string, sentence: string][] = [
      [
        'a value is not accepted',
        '[plugins.tmux]\nname = "x"\nmost = 0\n',
        ' line 3: most is 0; accepted is a number above 0.',
      ],
      [
        'a key is not known',
        '[plugins.screen]\n\n[plugins.tmux]\nmots = 1\n',
        ' line 4: mots is not a known key of [plugins.tmux]; the nearest known one is most.',
      ],
    ]
    for (const [what, text, sentence] of wrong) {
      it(`are refused with file and line when ${what}`, async () => {
        const {home, file} = await homeWith(text)
        const config = await readConfig({HOME: home})
        expect(await refusal(Promise.resolve().then(() => config.pluginSettings('tmux', schema)))).to.deep.equal({
          code: 'INVALID_CONFIG',
          message: `${file}${sentence}`,
          suggestions: [`\${EDITOR:-vi} ${file}`],
        })
      })
    }
  })

  it('is another one when the environment names it, and that one has to be there', async () => {
    const {home} = await homeWith('[defaults]\nworker_model = "a"\n')
    const other = join(home, 'other.toml')
    expect(await refusal(readConfig({HOME: home, CODEX_ORCHESTRATOR_CONFIG: other}))).to.deep.equal({
      code: 'INVALID_CONFIG',
      message: `CODEX_ORCHESTRATOR_CONFIG names ${other}, and there is no such file.`,
      suggestions: ['unset CODEX_ORCHESTRATOR_CONFIG'],
    })
    await writeFile(other, '[defaults]\nworker_model = "b"\n')
    const read = await readConfig({HOME: home, CODEX_ORCHESTRATOR_CONFIG: other})
    expect([read.config.worker_model, read.file]).to.deep.equal(['b', other])
  })
})
