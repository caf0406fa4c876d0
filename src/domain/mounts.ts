export interface Mount {
  /** The folder it stands at, absolute. */
  point: string
  /** As the kernel calls it: `ext4`, `nfs4`, `fuse.sshfs`. */
  type: string
  /** The disk, server or share behind it. */
  source: string
}

/** Reads `/proc/self/mountinfo`; a line that is none of its own says nothing. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap(line => {
    const words = line.split(' ')
    const separator = words.indexOf('-', 6)
    const [point, type, source] = [words[4], words[separator + 1], words[separator + 2]]
    if (separator < 0 || point === undefined || type === undefined) return []
    return [{point: unescaped(point), type, source: unescaped(source ?? '')}]
  })
}

/** The mount that holds a path: the deepest, and of several at one folder the last, which hides the others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const holding = mounts.filter(({point}) => point === '/' || path === point || path.startsWith(`${point}/`))
  return holding.reduce<Mount | undefined>(
    (best, next) => (best === undefined || next.point.length >= best.point.length ? next : best),
    undefined,
  )
}

const NETWORK = /^(?:nfs\d*|cifs|smb\d*|smbfs|afs|ncpfs|coda|ceph|gfs2?|ocfs2|lustre|beegfs|pvfs2|orangefs|glusterfs)$/
const SHARED = /^(?:9p|drvfs|virtiofs|vboxsf|vmhgfs|prl_fs|fuse|fuse\..+)$/
const WITHOUT_OWNERS = /^(?:v?fat|msdos|exfat|ntfs3?|fuseblk|hfs|udf)$/

/** Why files there cannot be relied on; undefined where nothing is known against it. */
export function doubtAbout({type}: Mount): string | undefined {
  if (NETWORK.test(type)) return 'a network file system: locks and renames there can fail, or reach others late'
  if (SHARED.test(type)) return 'passed through from another system: locks and renames there can fail'
  if (WITHOUT_OWNERS.test(type)) return 'a file system without owners and modes: what should be private is not'
  return undefined
}

/** The kernel writes blanks, tabs, line feeds and backslashes in octal. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
