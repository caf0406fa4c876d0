/** Whether systemd ends what a user left running when they log out; of several files the last one that says so counts. */
export function killsUserProcesses(files: readonly string[]): boolean {
  let kills = false
  for (const text of files) {
    let section = ''
    for (const line of text.split('\n').map(line => line.trim())) {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section
      const value = /^KillUserProcesses\s*=\s*(.*)$/.exec(line)?.[1]
      if (section === 'Login' && value !== undefined) kills = /^(?:1|yes|y|true|t|on)$/i.test(value)
    }
  }
  return kills
}
