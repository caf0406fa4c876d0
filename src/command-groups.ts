/** Commands that a person uses for one purpose, in the order in which they come up. */
export interface CommandGroup {
  title: string
  /** As they are typed. A topic stands for all its commands. */
  commands: readonly string[]
}

/** The one place that says where a command stands in help and reference. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: 'Start and look',
    commands: [
      'launch',
      'quickstart',
      'init',
      'start-planner',
      'attach',
      'dashboard',
      'list-sessions',
      'show-session',
      'wait-events',
      'help',
    ],
  },
  {title: 'Plan the work', commands: ['create-task', 'update-task', 'list-tasks', 'show-task', 'show-handoff']},
  {
    title: 'Workers and questions',
    commands: ['spawn-worker', 'request-input', 'resume-task', 'request-review', 'show-prompt'],
  },
  {
    title: 'End and come back',
    commands: ['close-worker', 'close-session', 'suspend', 'shutdown', 'snapshots', 'restore-snapshot', 'clean'],
  },
  {
    title: 'This machine',
    commands: ['doctor', 'resources', 'run', 'list-leases', 'acquire-lease', 'release-lease', 'autocomplete'],
  },
  {title: 'Agents and plugins', commands: ['serve-mcp', 'plugins']},
]

/** Every command under its title, in the order of the groups; those of installed plugins come last. */
export function inGroups<Command extends {id: string}>(
  commands: readonly Command[],
): {title: string; commands: Command[]}[] {
  const own = COMMAND_GROUPS.map(({title, commands: ids}) => ({
    title,
    commands: ids.flatMap(id => commands.filter(command => `${command.id} `.startsWith(`${id} `))),
  }))
  const grouped = new Set(own.flatMap(group => group.commands))
  const others = {title: 'From plugins', commands: commands.filter(command => !grouped.has(command))}
  return [...own, others].filter(group => group.commands.length > 0)
}
