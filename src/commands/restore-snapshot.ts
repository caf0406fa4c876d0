import {string} from '@oclif/core/flags'
import {snapshotId} from '../args.ts'
import {requirePath} from '../domain/text.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Restored, restoreSnapshot} from '../services/restore.ts'

export default class RestoreSnapshot extends PlannerCommand<Restored> {
  static override summary = 'Write the files of a snapshot into a new folder.'
  static override description =
    'The folder must be new or empty, and outside of the repository and its worktrees, which stay as they are. Every file comes out byte for byte: no filter and no hook of the repository runs. What the snapshot left out is told; the list of snapshots has the ids.'
  static override examples = [
    '<%= config.bin %> restore-snapshot worker-task-001/20260131T120000-000Z --to ../restored',
  ]
  static override args = {snapshot_id: snapshotId({required: true, ...offering('snapshot')})}
  static override flags = {
    to: string({
      summary: 'The folder to write into: a new or an empty one.',
      helpValue: '<folder>',
      required: true,
      parse: async input => requirePath(input),
      ...offering('folder'),
    }),
  }
  static override access = 'operate' as const

  async execute(): Promise<Restored> {
    const {args, flags} = await this.parse(RestoreSnapshot)
    return restoreSnapshot(await this.project(flags), args.snapshot_id, flags.to)
  }

  render({path, snapshot}: Restored): string {
    const left = snapshot.left_out?.count ?? 0
    const lines =
      left === 0 ? [] : [`${left} path(s) were left out when it was made: codex-planner snapshots tells which.`]
    return [`The files of ${snapshot.id} are in ${path}.`, ...lines].join('\n')
  }
}
