const KEY = /^[a-z0-9-]{1,64}$/

/** The tmux session of a project's dashboard, or of one of its sessions. tmux would expand, or change, more than these characters. */
export function sessionName(project: string, ...session: string[]): string {
  return ['cp', project, ...session].map(requireKey).join('-')
}

export function requireKey(key: string): string {
  if (!KEY.test(key)) throw new RangeError(`${JSON.stringify(key)} cannot be a part of a tmux session's name.`)
  return key
}
