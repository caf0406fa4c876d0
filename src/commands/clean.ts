import {boolean} from '@oclif/core/flags'
import type {Cleaned, CleanPlace} from '../domain/removal.ts'
import {PlannerCommand} from '../planner-command.ts'
import {cleanWorktrees} from '../services/clean.ts'

export default class Clean extends PlannerCommand<Cleaned> {
  static override summary = 'List the worktrees that nobody needs any more, and move them to a trash folder.'
  static override description =
    'Without a flag it only lists: every worktree of the team, and why it can go or is kept. With --apply, those that can go are moved to the folder .trash beside the worktrees, each after a snapshot that was compared with every byte of it. Branches stay. What a snapshot cannot hold, and what cannot be told, is kept. With --empty-trash, what has been in the trash for 14 days and is whole in its snapshot is removed for good.'
  static override examples = [
    '<%= config.bin %> clean',
    '<%= config.bin %> clean --apply',
    '<%= config.bin %> clean --empty-trash',
  ]
  static override flags = {
    apply: boolean({summary: 'Move the ones that can go to the trash.'}),
    'empty-trash': boolean({summary: 'Remove for good what has been in the trash for 14 days.'}),
  }
  static override access = 'operate' as const

  async execute(): Promise<Cleaned> {
    const {flags} = await this.parse(Clean)
    return cleanWorktrees(await this.project(flags), {apply: flags.apply, emptyTrash: flags['empty-trash']})
  }

  async render({kept, removable, removed, emptied, trash}: Cleaned): Promise<string> {
    const {printable} = await import('../domain/text.ts')
    const part = (title: string, places: CleanPlace[]) =>
      places.length === 0
        ? []
        : [
            title,
            ...places.map(({path, task_id, why}) => `  ${printable(`${path} (${task_id ?? 'no task'}): ${why}`)}`),
          ]
    const lines = [
      ...part('Can go:', removable),
      ...part('Moved to the trash:', removed),
      ...part('Removed for good:', emptied),
      ...part('Kept:', kept),
    ]
    if (lines.length === 0) lines.push('There is no worktree to clean up.')
    if (removable.length > 0) lines.push('Move them to the trash with: codex-planner clean --apply')
    if (trash > 0) lines.push(`The trash has ${trash} worktree(s).`)
    return lines.join('\n')
  }
}
