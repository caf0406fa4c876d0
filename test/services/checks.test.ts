import {mkdir, mkdtemp, realpath, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'

import {checkLines} from '../../src/commands/doctor.ts'
import {fileSystemFinding, ownershipFinding, placesOf} from '../../src/services/checks/machine.ts'
import {gitFinding, nodeFinding} from '../../src/services/checks/programs.ts'
import {existingPart, logindFiles, mounts} from '../../src/system/machine-files.ts'

const disk = {point: '/', type: 'ext4', source: '/dev/vda'}
const share = {point: '/net', type: 'nfs4', source: 'server:/export'}

describe('the check of file systems', () => {
  it('names each folder and what it is on', () => {
    const places = [
      {folder: '/home/ada/shop', mount: disk},
      {folder: '/home/ada/.local/state', mount: undefined},
    ]
    expect(fileSystemFinding(places)).to.deep.equal({
      status: 'ok',
      detail: '/home/ada/shop on ext4, /home/ada/.local/state on what this system does not tell',
      remedy: null,
    })
  })

  it('warns of a network file system, and shows what is local (F-116)', () => {
    const places = [
      {folder: '/net/shop', mount: share},
      {folder: '/home/ada/.local/state', mount: disk},
    ]
    expect(fileSystemFinding(places)).to.deep.equal({
      status: 'warning',
      detail:
        '/net/shop is on nfs4 (server:/export), a network file system: locks and renames there can fail, or reach others late. A local disk is safe.',
      remedy: 'df --local --print-type',
    })
  })

  it('finds out what a folder will be on that is not there yet', () => {
    const [place] = placesOf([path.join(import.meta.dirname, 'not', 'there')])
    expect(place?.mount).to.deep.equal(placesOf([import.meta.dirname])[0]?.mount)
    expect(mounts('/nowhere/mountinfo')).to.equal(undefined)
  })
})

describe('the check of the folder that all repositories share', () => {
  const own = {isOwn: true, isRoots: false, isOpen: false, isSticky: false}
  const table: [what: string, there: string, owner: Partial<typeof own>, detail: string, remedy: string | null][] = [
    ['is fine when it is one’s own', '/s/co', {}, '/s/co', null],
    ['is fine where it is to be made in one’s own', '/s', {}, '/s/co, to be made in /s', null],
    ['is fine where root made the folder above', '/s', {isOwn: false, isRoots: true}, '/s/co, to be made in /s', null],
    [
      'warns when everybody can write to it',
      '/s/co',
      {isOpen: true},
      'everybody can write in /s/co, and so to /s/co',
      'chmod o-w /s/co',
    ],
    [
      'warns when everybody can write above it',
      '/s',
      {isOpen: true, isOwn: false},
      'everybody can write in /s, and so to /s/co',
      'chmod o-w /s',
    ],
    [
      'warns when everybody could make it first',
      '/tmp',
      {isOpen: true, isSticky: true, isOwn: false, isRoots: true},
      '/s/co is not there yet, and in /tmp everybody could make it first',
      'mkdir -p -m 700 /s/co',
    ],
    [
      'warns when it is another user’s',
      '/s/co',
      {isOwn: false},
      '/s/co belongs to another user, who can change /s/co',
      'ls -ld /s/co',
    ],
  ]
  for (const [what, there, owner, detail, remedy] of table) {
    it(`${what} (A-100)`, () => {
      expect(ownershipFinding('/s/co', there, {...own, ...owner})).to.deep.equal({
        status: remedy === null ? 'ok' : 'warning',
        detail,
        remedy,
      })
    })
  }
})

describe('what the checks read', () => {
  let folder: string

  before(async () => {
    folder = await realpath(await mkdtemp(path.join(tmpdir(), 'cp-checks-')))
  })
  after(() => rm(folder, {recursive: true, force: true}))

  it('is the nearest folder that is there', () => {
    expect(existingPart(path.join(folder, 'a', 'b'))).to.equal(folder)
  })

  it('is the configuration of systemd-logind in the order in which later files count', async () => {
    const files = {
      'usr/lib/systemd/logind.conf': 'never, for /etc has one',
      'etc/systemd/logind.conf': 'first',
      'usr/lib/systemd/logind.conf.d/20-a.conf': 'third',
      'etc/systemd/logind.conf.d/10-b.conf': 'second',
      'usr/lib/systemd/logind.conf.d/30-c.conf': 'never, for /etc has one of that name',
      'etc/systemd/logind.conf.d/30-c.conf': 'fourth',
      'etc/systemd/logind.conf.d/README': 'never',
    }
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), {recursive: true})
      await writeFile(path.join(folder, name), text)
    }
    expect(logindFiles(folder)).to.deep.equal(['first', 'second', 'third', 'fourth'])
  })
})

describe('the check of a version', () => {
  const versions: [what: string, status: string, found: ReturnType<typeof gitFinding>][] = [
    ['Node 22.12.9', 'failed', nodeFinding('22.12.9', '/bin/node')],
    ['Node 20.19.0', 'failed', nodeFinding('20.19.0', '/bin/node')],
    ['Node 22.13.0', 'ok', nodeFinding('22.13.0', '/bin/node')],
    ['Node 24.0.0', 'ok', nodeFinding('24.0.0', '/bin/node')],
    ['git 2.35.9', 'failed', gitFinding('git version 2.35.9')],
    ['git 2.36', 'ok', gitFinding('git version 2.36.1 (Apple Git-1)')],
    ['git 3.0', 'ok', gitFinding('git version 3.0.0')],
  ]
  for (const [what, status, found] of versions) {
    it(`finds ${what} ${status}${what.startsWith('git') ? ' (F-092)' : ''}`, () => {
      expect(found.status).to.equal(status)
      expect(found.remedy === null).to.equal(status === 'ok')
    })
  }
})

describe('a finding in a terminal', () => {
  const check = {
    name: 'file system',
    status: 'warning' as const,
    detail: 'one two three four five six seven eight nine ten eleven twelve',
    remedy: `git -C /home/ada/shop commit --allow-empty -m 'First commit'`,
  }

  it('is broken between words, and its remedy into lines that a shell reads as one', () => {
    expect(checkLines(check, 50)).to.deep.equal([
      'warning  file system: one two three four five six',
      '         seven eight nine ten eleven twelve',
      '         Try this: git -C /home/ada/shop commit \\',
      '                     --allow-empty \\',
      `                     -m 'First commit'`,
    ])
  })

  it('stays whole in a pipe', () => {
    expect(checkLines(check, Infinity)).to.deep.equal([
      `warning  file system: ${check.detail}`,
      `         Try this: ${check.remedy}`,
    ])
  })
})
