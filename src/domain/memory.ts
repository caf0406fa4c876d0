/** Where limits on the memory of this process may stand, from `/proc/self/cgroup` and `/proc/self/mountinfo`; its own group first. */
export interface MemoryGroups {
  /** Folders of version 1. */
  v1: string[]
  /** Folders of version 2. */
  v2: string[]
}

/** What one group says, in bytes. */
export interface MemoryGroup {
  limit: number
  usage: number
  /** Of the usage, what is only a cache of files nobody looks at now: it is given up when programs need room. */
  cache: number
}

/** Bytes that programs on this machine can still take without swapping; undefined where the kernel does not tell. */
export function machineMemory(meminfo: string): number | undefined {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

/** The same inside a container: no group may take more than its limit, nor more than the groups around it. */
export function memoryAvailable(machine: number, groups: readonly MemoryGroup[]): number {
  return groups.reduce((least, {limit, usage, cache}) => {
    const inUse = Math.max(0, usage - cache)
    return Math.min(least, Math.max(0, limit - inUse))
  }, machine)
}

export function memoryGroups({cgroup, mountinfo}: {cgroup: string; mountinfo: string}): MemoryGroups {
  const mounts = mountinfo.split('\n').flatMap(mountOf)
  const folders = (version: Mount['version'], path: string | undefined): string[] => {
    const mount = mounts.find(each => each.version === version)
    return mount === undefined || path === undefined ? [] : upwards(mount, path)
  }
  return {
    v1: folders(1, /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(cgroup)?.[1]),
    v2: folders(2, /^0::(.*)$/m.exec(cgroup)?.[1]),
  }
}

/** A group's files, as they stand in its folder. Undefined when it sets no limit that can be read. */
export function memoryGroup(files: {
  limits: readonly (string | undefined)[]
  usage: string | undefined
  stat: string | undefined
}): MemoryGroup | undefined {
  const limit = Math.min(...files.limits.map(text => amount(text) ?? Infinity))
  const usage = amount(files.usage)
  if (limit === Infinity || usage === undefined) return undefined
  // Version 1 counts the groups below only in the lines with `total_`.
  const cache = /^total_inactive_file (\d+)$/m.exec(files.stat ?? '') ?? /^inactive_file (\d+)$/m.exec(files.stat ?? '')
  return {limit, usage, cache: Number(cache?.[1] ?? 0)}
}

function amount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined
}

interface Mount {
  version: 1 | 2
  /** The group that is seen at the mount point. */
  root: string
  point: string
}

function mountOf(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root, point] = before.split(' ').map(unescaped)
  const [type, , options = ''] = after.split(' ')
  if (root === undefined || point === undefined) return []
  if (type === 'cgroup2') return [{version: 2, root, point}]
  return type === 'cgroup' && options.split(',').includes('memory') ? [{version: 1, root, point}] : []
}

/** Blanks and the like are written as `\040` in there. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}

/** The folder of a group and those around it, as far as they can be seen from here. */
function upwards({root, point}: Mount, path: string): string[] {
  const inside = root === '/' ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : ''
  // `/..` leads out of what this container sees.
  const names = inside.startsWith('/..') ? [] : inside.split('/').filter(name => name !== '')
  return [...names, ''].map((_, left) => [point, ...names.slice(0, names.length - left)].join('/'))
}
