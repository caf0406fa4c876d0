import {expect} from 'chai'

import {machineMemory, memoryAvailable, memoryGroup, memoryGroups} from '../../src/domain/memory.ts'

const GIB = 2 ** 30

describe('the memory of the machine', () => {
  it('is what the kernel calls available, in bytes', () => {
    const text =
      'MemTotal:       24684084 kB\nMemFree:        23392228 kB\nMemAvailable:   24073416 kB\nBuffers: 1 kB\n'
    expect(machineMemory(text)).to.equal(24073416 * 1024)
  })

  it('is not told by a kernel that has no word for it', () => {
    expect(machineMemory('MemTotal:       24684084 kB\nMemFree:        23392228 kB\n')).to.equal(undefined)
    expect(machineMemory('')).to.equal(undefined)
  })
})

describe('the groups whose limits hold for this process', () => {
  const v2 = (root: string, point = '/sys/fs/cgroup') =>
    `25 20 0:22 / /proc rw - proc proc rw\n29 23 0:26 ${root} ${point} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`
  const v1 = (root: string) =>
    [
      '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
      `32 31 0:29 ${root} /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct`,
      `35 31 0:32 ${root} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`,
      '',
    ].join('\n')

  const table: [what: string, cgroup: string, mountinfo: string, groups: {v1: string[]; v2: string[]}][] = [
    [
      'on a desktop: its own, and all around it',
      '0::/user.slice/user-1000.slice/session-2.scope\n',
      v2('/'),
      {
        v1: [],
        v2: [
          '/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope',
          '/sys/fs/cgroup/user.slice/user-1000.slice',
          '/sys/fs/cgroup/user.slice',
          '/sys/fs/cgroup',
        ],
      },
    ],
    [
      'in a container with a view of its own: the one that it sees as the first',
      '0::/\n',
      v2('/'),
      {v1: [], v2: ['/sys/fs/cgroup']},
    ],
    [
      'in a container that sees its own part of version 1',
      '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n',
      v1('/docker/abc'),
      {v1: ['/sys/fs/cgroup/memory'], v2: []},
    ],
    [
      'in a group below that part',
      '4:memory:/docker/abc/job\n',
      v1('/docker/abc'),
      {v1: ['/sys/fs/cgroup/memory/job', '/sys/fs/cgroup/memory'], v2: []},
    ],
    [
      'not what only begins with the same letters',
      '4:memory:/docker/abcdef\n',
      v1('/docker/abc'),
      {v1: ['/sys/fs/cgroup/memory'], v2: []},
    ],
    ['in a group outside of what the container sees', '0::/../../other\n', v2('/'), {v1: [], v2: ['/sys/fs/cgroup']}],
    [
      'where both versions are mounted',
      '4:memory:/job\n1:name=systemd:/init\n0::/job\n',
      v1('/') + v2('/', '/sys/fs/cgroup/unified'),
      {
        v1: ['/sys/fs/cgroup/memory/job', '/sys/fs/cgroup/memory'],
        v2: ['/sys/fs/cgroup/unified/job', '/sys/fs/cgroup/unified'],
      },
    ],
    [
      'where memory shares its group with others',
      '7:hugetlb,memory,pids:/job\n',
      '35 31 0:32 / /cg/all rw - cgroup cgroup rw,hugetlb,memory,pids\n',
      {v1: ['/cg/all/job', '/cg/all'], v2: []},
    ],
    [
      'below a folder with a blank',
      '0::/job\n',
      v2('/', '/my\\040groups'),
      {v1: [], v2: ['/my groups/job', '/my groups']},
    ],
    ['where none is mounted', '0::/job\n', '25 20 0:22 / /proc rw - proc proc rw\n', {v1: [], v2: []}],
    ['where the system has none', '', '', {v1: [], v2: []}],
  ]
  for (const [what, cgroup, mountinfo, groups] of table) {
    it(what, () => expect(memoryGroups({cgroup, mountinfo})).to.deep.equal(groups))
  }
})

describe('a group of processes', () => {
  it('has the smaller of two limits, and a cache that can be given up', () => {
    expect(
      memoryGroup({
        limits: ['2147483648\n', '1073741824\n'],
        usage: '900000000\n',
        stat: 'anon 1\nfile 500000000\ninactive_file 400000000\nactive_file 100000000\n',
      }),
    ).to.deep.equal({limit: GIB, usage: 900_000_000, cache: 400_000_000})
  })

  it('counts the cache of the groups below it, in version 1', () => {
    const stat = 'cache 9\ninactive_file 4096\nhierarchical_memory_limit 2147483648\ntotal_inactive_file 425914368\n'
    expect(memoryGroup({limits: ['2147483648\n'], usage: '2000000000\n', stat})).to.deep.equal({
      limit: 2 * GIB,
      usage: 2_000_000_000,
      cache: 425_914_368,
    })
  })

  it('sets no limit when it says “max”, or nothing', () => {
    expect(memoryGroup({limits: ['max\n', 'max\n'], usage: '1\n', stat: ''})).to.equal(undefined)
    expect(memoryGroup({limits: [undefined, undefined], usage: undefined, stat: undefined})).to.equal(undefined)
    expect(memoryGroup({limits: ['1000\n'], usage: undefined, stat: undefined})).to.equal(undefined)
  })
})

describe('the memory that programs can still take', () => {
  const table: [what: string, groups: {limit: number; usage: number; cache: number}[], available: number][] = [
    ['the machine’s, outside of a container', [], 16 * GIB],
    ['what a container’s limit leaves', [{limit: 4 * GIB, usage: 3 * GIB, cache: 0}], GIB],
    ['that, and the cache it would give back', [{limit: 4 * GIB, usage: 4 * GIB, cache: 2 * GIB}], 2 * GIB],
    ['the machine’s, where the limit is wider', [{limit: 64 * GIB, usage: GIB, cache: 0}], 16 * GIB],
    ['the machine’s, where version 1 has no limit', [{limit: 9223372036854771712, usage: GIB, cache: 0}], 16 * GIB],
    [
      'what the tightest of the groups around it leaves',
      [
        {limit: 8 * GIB, usage: GIB, cache: 0},
        {limit: 6 * GIB, usage: 5.5 * GIB, cache: 0},
        {limit: 32 * GIB, usage: 9 * GIB, cache: 0},
      ],
      0.5 * GIB,
    ],
    ['nothing, and never less', [{limit: GIB, usage: 2 * GIB, cache: 0}], 0],
    ['all of the limit when the cache is told to be more than is used', [{limit: GIB, usage: 5, cache: 9}], GIB],
  ]
  for (const [what, groups, available] of table) {
    it(`is ${what}`, () => expect(memoryAvailable(16 * GIB, groups)).to.equal(available))
  }
})
