export interface GitSetting {
  /** Lower case but for its middle, as git prints it. */
  key: string
  value: string
}

/** Reads what `git config --list -z` prints. */
export function parseSettings(text: string): GitSetting[] {
  return text
    .split('\0')
    .filter(entry => entry !== '')
    .map(entry => {
      const [key = ''] = entry.split('\n', 1)
      return {key, value: entry.slice(key.length + 1)}
    })
}

/** Settings whose value is a program, a folder of programs, or a file with more settings. */
const PROGRAMS = [
  /^include(?:if\..*)?\.path$/s,
  /^core\.(?:hookspath|sshcommand|gitproxy|askpass|editor|pager)$/,
  /^filter\..*\.(?:clean|smudge|process)$/s,
  /^diff\.external$|^diff\..*\.(?:command|textconv)$/s,
  /^merge\..*\.driver$/s,
  /^(?:difftool|mergetool|browser|man)\..*\.(?:cmd|path)$/s,
  /^credential\.(?:.*\.)?helper$/s,
  /^gpg\.(?:.*\.)?program$/s,
  /^remote\..*\.(?:uploadpack|receivepack|vcs)$/s,
  /^trailer\..*\.(?:cmd|command)$/s,
  /^(?:pager\..*|sequence\.editor|interactive\.difffilter|uploadpack\.packobjectshook)$/s,
]

/** A setting of the repository's own that has git run something. */
export function runsProgram({key, value}: GitSetting): boolean {
  if (key === 'core.fsmonitor') return !/^(?:true|false|yes|no|on|off|[01])?$/i.test(value)
  if (key.startsWith('alias.') || /^submodule\..*\.update$/s.test(key)) return value.startsWith('!')
  return value !== '' && PROGRAMS.some(pattern => pattern.test(key))
}
