import {chmod, chown, copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import {EMPTY_REGISTRY, type Registry} from '../../src/domain/lease.ts'
import {openLeaseRegistry} from '../../src/store/lease-registry.ts'
import {hostPaths} from '../../src/store/paths.ts'
import {aCommandHolder, aLease, aRegistry, aSessionHolder, aTicket} from '../domain/lease-examples.ts'
import {put, removeTempLeases, tempLeases} from './temp-leases.ts'
import {refusal} from './temp-project.ts'

const EVERYTHING = aRegistry({
  leases: [
    aLease({holder: aSessionHolder()}),
    aLease({id: 'HEAVY-00000002', session: 'operator', holder: aCommandHolder(), renewed_clock: 12.345}),
  ],
  queue: [aTicket()],
  ended: [
    {
      id: 'HEAVY-000000e1',
      project: '/srv/shop',
      session: 'planner',
      purpose: 'build',
      ended_at: '2026-01-31T11:00:00.000Z',
      reason: 'session_ended',
    },
    {
      id: 'HEAVY-000000e2',
      project: '/srv/shop',
      session: 'planner',
      purpose: 'build',
      taken_at: '2026-01-31T11:00:00.000Z',
      ended_at: '2026-01-31T11:04:00.000Z',
      reason: 'released',
    },
  ],
})

describe('the registry of leases', () => {
  after(removeTempLeases)

  it('is empty where there is none, and looking makes nothing', async () => {
    const {home, leases} = await tempLeases()
    expect(await leases.read()).to.deep.equal(EMPTY_REGISTRY)
    expect(await readdir(home)).to.deep.equal([])
  })

  it('is missed, and not taken for empty, when its file is gone and it held leases (I3, I4)', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    await rm(paths.file)
    const {code, message, suggestions} = await refusal(leases.read())
    expect([code, message]).to.deep.equal(['LEASE_REGISTRY_DAMAGED', `${paths.file} is gone, although it held leases.`])
    const [, from = '', to = ''] = /^cp (\S+) (\S+)$/.exec(String(suggestions)) ?? []
    await copyFile(from, to)
    expect((await leases.read()).leases.map(({id}) => id)).to.deep.equal(['HEAVY-00000001', 'HEAVY-00000002'])
  })

  it('is empty when its file is gone and it held nothing any more', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    await put(leases, {...EVERYTHING, leases: [], queue: []})
    await rm(paths.file)
    expect(await leases.read()).to.deep.equal(EMPTY_REGISTRY)
  })

  it('stands in the state folder of the user, which XDG_STATE_HOME can move', () => {
    expect(hostPaths({HOME: '/home/ada'}).leases.file).to.equal('/home/ada/.local/state/codex-orchestrator/leases.yaml')
    expect(hostPaths({HOME: '/home/ada', XDG_STATE_HOME: '/srv/state'}).leases.file).to.equal(
      '/srv/state/codex-orchestrator/leases.yaml',
    )
  })

  it('is a page that a person can read', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, {...EVERYTHING, leases: EVERYTHING.leases.slice(0, 1), queue: [], ended: []})
    expect(
      await readFile(paths.file, 'utf8'),
    ).to.equal(`# Who runs heavy commands on this host, and who waits for a turn. codex-planner writes this file anew with every change.
# To end a lease: codex-planner release-lease HEAVY-1234abcd
format: 1
boot: 11111111-2222-4333-8444-555555555555
leases:
  - id: HEAVY-00000001
    project: /srv/shop
    session: worker-task-001
    purpose: npm test
    taken_at: "2026-01-31T12:00:00.000Z"
    renewed_at: "2026-01-31T12:00:00.000Z"
    renewed_clock: 1000
    ttl_seconds: 1800
    holder:
      kind: session
      run: worker-task-001-1a2b
      pid: 41
      started: 500
      pidns: pid:[1]
queue: []
ended: []
`)
  })

  it('reads back what was written', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    expect(await leases.read()).to.deep.equal(EVERYTHING)
    expect(await openLeaseRegistry(paths).read()).to.deep.equal(EVERYTHING)
  })

  it('reads back any purpose and any folder', async () => {
    const {leases} = await tempLeases()
    const text = fc
      .string({unit: 'binary', minLength: 1, maxLength: 40})
      .filter(text => text.isWellFormed() && !/[\0\n]/.test(text))
    await fc.assert(
      fc.asyncProperty(text, text, async (purpose, folder) => {
        const registry = aRegistry({leases: [aLease({purpose, project: `/${folder}`})]})
        await put(leases, registry)
        expect(await leases.read()).to.deep.equal(registry)
      }),
      {numRuns: 100},
    )
  })

  it('is private from the first moment, whatever the umask (A-096)', async () => {
    const before = process.umask(0)
    try {
      const {paths, leases} = await tempLeases()
      await put(leases, EVERYTHING)
      await put(leases, {...EVERYTHING, queue: []})
      expect((await stat(paths.folder)).mode & 0o777).to.equal(0o700)
      expect((await stat(paths.file)).mode & 0o777).to.equal(0o600)
    } finally {
      process.umask(before)
    }
  })

  it('is not written when nothing was decided', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    const before = await stat(paths.file, {bigint: true})
    await leases.change(async registry => [registry, null])
    expect((await stat(paths.file, {bigint: true})).ino).to.equal(before.ino)
  })

  it('asks again when a person saved the file meanwhile, and loses nothing of that', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, aRegistry({leases: [aLease()]}))
    const seen: number[] = []
    await leases.change(async registry => {
      seen.push(registry.leases.length)
      const text = await readFile(paths.file, 'utf8')
      if (seen.length === 1) await writeFile(paths.file, text.replace(/leases:\n(?: .*\n)+/, 'leases: []\n'))
      return [{...registry, queue: [aTicket()]}, null]
    })
    expect(seen).to.deep.equal([1, 0])
    expect(await leases.read()).to.deep.equal(aRegistry({queue: [aTicket()]}))
  })

  it('keeps the versions before, the last one first to come back from', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    expect(await readFile(join(paths.good, 'leases.yaml', 'latest'), 'utf8')).to.equal(
      await readFile(paths.file, 'utf8'),
    )
  })
})

describe('a registry of leases that is damaged', () => {
  after(removeTempLeases)

  const table: [what: string, text: (whole: string) => string, told: string][] = [
    ['is empty', () => '', ': the file is empty.'],
    [
      'is cut off',
      whole => whole.slice(0, whole.indexOf('purpose')),
      ' line 6, column 5: leases.1.purpose is missing.',
    ],
    ['is no YAML', whole => whole.replace('leases:', 'leases: ['), ''],
    [
      'is of a newer version (A-096)',
      whole => whole.replace('format: 1', 'format: 2'),
      ' line 3, column 9: it has format 2, made by a newer codex-planner; this one knows format 1.',
    ],
    [
      'has a key that nobody knows',
      whole => whole.replace('queue:', 'turns: 3\nqueue:'),
      ': the key turns is not known.',
    ],
    [
      'has a number that is none',
      whole => whole.replace('ttl_seconds: 1800', 'ttl_seconds: forever'),
      ': leases.1.ttl_seconds is "forever"; accepted is a whole number.',
    ],
    [
      'has a process that cannot be (A-099)',
      whole => whole.replace('pid: 41', 'pid: 0'),
      ': leases.1.holder.pid is 0; accepted is the number of a process.',
    ],
    [
      'has an id of another form',
      whole => whole.replace('HEAVY-00000001', 'HEAVY-1'),
      ': leases.1.id is "HEAVY-1"; accepted is an id such as HEAVY-1234abcd.',
    ],
    [
      'has an id twice',
      whole => whole.replace('HEAVY-00000002', 'HEAVY-00000001'),
      ': HEAVY-00000001 stands twice in the file.',
    ],
    ['is not text', () => '\u0000', ''],
  ]
  for (const [what, broken, told] of table) {
    it(`is refused when it ${what}, and is left as it is`, async () => {
      const {paths, leases} = await tempLeases()
      await put(leases, EVERYTHING)
      const text = broken(await readFile(paths.file, 'utf8'))
      await writeFile(paths.file, text)
      let asked = 0
      const change = leases.change(async registry => {
        asked += 1
        return [registry, 'granted']
      })
      const refused = await refusal(change)
      expect(refused.code).to.equal('LEASE_REGISTRY_DAMAGED')
      expect(refused.message.slice(0, paths.file.length)).to.equal(paths.file)
      expect(refused.message).to.include(told)
      expect(refused.suggestions).to.deep.equal([`cp ${paths.good}/leases.yaml/latest ${paths.file}`])
      expect(asked).to.equal(0)
      expect(await readFile(paths.file, 'utf8')).to.equal(text)
      expect(await refusal(leases.read())).to.deep.equal(refused)
    })
  }

  it('comes back from its copy with the line that the refusal gives', async () => {
    const {paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    await writeFile(paths.file, '{')
    await writeFile(paths.file, await readFile(join(paths.good, 'leases.yaml', 'latest'), 'utf8'))
    expect(await leases.read()).to.deep.equal(EVERYTHING)
  })

  it('can be put aside where no copy is left', async () => {
    const {paths, leases} = await tempLeases()
    await mkdir(paths.folder, {recursive: true})
    await writeFile(paths.file, 'leases: 7\n')
    const {suggestions} = await refusal(leases.read())
    expect(suggestions).to.deep.equal([`mv ${paths.file} ${paths.file}.damaged`])
    await rename(paths.file, `${paths.file}.damaged`)
    expect(await leases.read()).to.deep.equal(EMPTY_REGISTRY)
  })

  it('is refused when it is larger than any can be', async () => {
    const {paths, leases} = await tempLeases()
    await mkdir(paths.folder, {recursive: true})
    await writeFile(paths.file, `# ${'x'.repeat(5_000_000)}\n`)
    const {message} = await refusal(leases.read())
    expect(message).to.equal(`${paths.file}: it has 5000003 bytes; 5000000 are the most.`)
  })
})

describe('a registry of leases that others could change', () => {
  after(removeTempLeases)
  const granted = async (registry: Registry): Promise<[Registry, string]> => [registry, 'granted']

  const modes: [what: string, place: 'file' | 'folder', mode: number][] = [
    ['whose file everybody may write', 'file', 0o666],
    ['whose folder everybody may write', 'folder', 0o777],
  ]
  for (const [what, place, mode] of modes) {
    it(`is refused when it is one ${what}, with the line that mends it (A-096)`, async () => {
      const {paths, leases} = await tempLeases()
      await put(leases, EVERYTHING)
      const path = paths[place]
      await chmod(path, mode)
      const refused = {
        code: 'UNSAFE_FILE',
        message: `${path} is writable by every user of this machine, so what it holds is not trusted.`,
        suggestions: [`chmod ${place === 'file' ? 600 : 700} ${path}`],
      }
      expect(await refusal(leases.change(granted))).to.deep.equal(refused)
      expect(await refusal(leases.read())).to.deep.equal(refused)
      await chmod(path, place === 'file' ? 0o600 : 0o700)
      expect(await leases.change(granted)).to.equal('granted')
    })
  }

  it('is refused when a folder above may be exchanged by everybody, and taken where the sticky bit forbids that (A-098, A-100)', async () => {
    const {home, paths, leases} = await tempLeases()
    await put(leases, EVERYTHING)
    const above = join(home, '.local')
    await chmod(above, 0o777)
    expect(await refusal(leases.change(granted))).to.deep.equal({
      code: 'UNSAFE_FILE',
      message: `${above} is writable by every user of this machine, so what it holds is not trusted.`,
      suggestions: [`chmod o-w ${above}`],
    })
    await chmod(above, 0o1777)
    expect(await leases.change(granted)).to.equal('granted')
    expect(dirname(dirname(dirname(paths.folder)))).to.equal(home)
  })

  it('is refused when it belongs to another user (A-096)', async function () {
    if (process.geteuid?.() !== 0) this.skip()
    for (const place of ['file', 'folder'] as const) {
      const {paths, leases} = await tempLeases()
      await put(leases, EVERYTHING)
      await chown(paths[place], 65_534, 65_534)
      const refused = {
        code: 'UNSAFE_FILE',
        message: `${paths[place]} belongs to another user (65534), so it is not trusted.`,
        suggestions: [`sudo chown 0 ${paths[place]}`],
      }
      expect(await refusal(leases.change(granted))).to.deep.equal(refused)
      expect(await refusal(leases.read())).to.deep.equal(refused)
    }
  })

  it('is refused when a link stands in its place (A-097)', async () => {
    const {home, paths, leases} = await tempLeases()
    await mkdir(paths.folder, {recursive: true})
    await writeFile(join(home, 'victim'), 'mine')
    await symlink(join(home, 'victim'), paths.file)
    const {code} = await refusal(leases.change(async () => [EVERYTHING, null]))
    expect(code).to.equal('UNSAFE_FILE')
    expect(await readFile(join(home, 'victim'), 'utf8')).to.equal('mine')
  })

  it('is refused when its folder is a link', async () => {
    const {home, paths, leases} = await tempLeases()
    await mkdir(dirname(paths.folder), {recursive: true})
    await mkdir(join(home, 'elsewhere'))
    await symlink(join(home, 'elsewhere'), paths.folder)
    const {code, message} = await refusal(leases.change(granted))
    expect([code, message]).to.deep.equal(['UNSAFE_FILE', `${paths.folder} is a symbolic link, not a real folder.`])
  })
})

describe('a registry of leases that cannot be written', () => {
  after(removeTempLeases)

  it('grants nothing (F-096)', async () => {
    const {home} = await tempLeases()
    await writeFile(join(home, 'no-folder'), '')
    const {leases: paths} = hostPaths({HOME: home, XDG_STATE_HOME: join(home, 'no-folder')})
    let decided = false
    const change = openLeaseRegistry(paths).change(async () => {
      decided = true
      return [EVERYTHING, 'granted']
    })
    const {code} = await refusal(change)
    expect([code, decided]).to.deep.equal(['UNSAFE_FILE', false])
  })

  it('grants nothing either when only the last step fails', async () => {
    const {paths, leases} = await tempLeases()
    const change = leases.change(async () => {
      await mkdir(paths.file)
      return [EVERYTHING, 'granted']
    })
    expect((await refusal(change)).code).to.equal('UNSAFE_FILE')
  })
})
