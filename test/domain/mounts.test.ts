import {expect} from 'chai'

import {doubtAbout, mountOf, parseMountinfo} from '../../src/domain/mounts.ts'

const TEXT = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
31 27 0:40 / /home/ada/my\\040shop rw,nosuid shared:2 master:3 - nfs4 server:/export/a\\134b rw,vers=4.2
32 27 0:41 / /mnt/c rw - 9p C:\\134 rw,dirsync
33 27 0:42 / /data rw - xfs /dev/vdb rw
34 27 0:43 / /data rw - tmpfs tmpfs rw
not a line
`

describe('what is mounted', () => {
  const mounts = parseMountinfo(TEXT)

  it('is read from mountinfo, with blanks and backslashes', () => {
    expect(mounts.slice(1, 4)).to.deep.equal([
      {point: '/', type: 'ext4', source: '/dev/vda'},
      {point: '/home/ada/my shop', type: 'nfs4', source: 'server:/export/a\\b'},
      {point: '/mnt/c', type: '9p', source: 'C:\\'},
    ])
    expect(mounts).to.have.length(6)
  })

  const paths: [path: string, type: string][] = [
    ['/home/ada/shop', 'ext4'],
    ['/home/ada/my shop', 'nfs4'],
    ['/home/ada/my shop/.git', 'nfs4'],
    ['/home/ada/my shopping', 'ext4'],
    ['/mnt/c/Users', '9p'],
    ['/data/x', 'tmpfs'],
    ['/', 'ext4'],
  ]
  for (const [path, type] of paths) {
    it(`holds ${path} on ${type}`, () => expect(mountOf(path, mounts)?.type).to.equal(type))
  }

  it('may hold nothing', () => expect(mountOf('/x', [])).to.equal(undefined))
})

describe('a file system', () => {
  const doubtful: [type: string, words: RegExp][] = [
    ['nfs', /^a network file system/],
    ['nfs4', /^a network file system/],
    ['cifs', /^a network file system/],
    ['smb3', /^a network file system/],
    ['9p', /^passed through from another system/],
    ['virtiofs', /^passed through/],
    ['fuse.sshfs', /^passed through/],
    ['vfat', /^a file system without owners and modes/],
    ['fuseblk', /^a file system without owners/],
  ]
  for (const [type, words] of doubtful) {
    it(`of the kind ${type} is doubtful (F-116)`, () =>
      expect(doubtAbout({point: '/', type, source: ''})).to.match(words))
  }

  for (const type of ['ext4', 'xfs', 'btrfs', 'zfs', 'tmpfs', 'overlay', 'f2fs']) {
    it(`of the kind ${type} is not`, () => expect(doubtAbout({point: '/', type, source: ''})).to.equal(undefined))
  }
})
