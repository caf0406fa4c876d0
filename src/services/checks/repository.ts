import {runsProgram} from '../../domain/git-settings.ts'
import {pasteable} from '../../domain/shell.ts'
import type {Project} from '../project.ts'
import {type Finding, failed, ok, warning} from './finding.ts'

/** What of `.codex/` is this machine's alone. */
const STATE = ['.codex/board', '.codex/handoffs', '.codex/logs', '.codex/state']

export async function repositoryFinding({git, root}: Project): Promise<Finding> {
  const commit = await git.commit(root, 'HEAD')
  if (commit === null)
    return warning(
      `${root} has no commit yet; workers need one`,
      pasteable(['git', '-C', root, 'commit', '--allow-empty', '-m', 'First commit']),
    )
  const worktrees = await git.worktrees(root)
  return ok(`${root}, ${worktrees.length} worktree(s)`)
}

export async function trackedFinding({git, root}: Project): Promise<Finding> {
  const tracked = await git.tracked(root, STATE)
  if (tracked.length === 0) return ok(`git tracks nothing in ${STATE.join(', ')}`)
  return failed(
    `git tracks ${tracked.length} file(s) of the team's state, ${tracked[0]} first`,
    pasteable(['git', '-C', root, 'rm', '-r', '--cached', ...STATE, '--ignore-unmatch']),
  )
}

/** Whoever gave you the Git folder chose these programs. Ours is not the only git here: workers use it as it is. */
export async function gitSettingsFinding({git, root, commonDir}: Project): Promise<Finding> {
  const found = (await git.settings(commonDir)).filter(runsProgram).map(({key}) => key)
  const keys = [...new Set(found)]
  if (keys.length === 0) return ok(`no setting of its own in ${commonDir} runs a program`)
  const named = keys.length > 4 ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more` : keys.join(', ')
  return warning(
    `${named} in ${commonDir}: git runs what they say. codex-planner switches hooks and fsmonitor off for its own calls; filters run when it makes a worktree, and all of them when a worker uses git`,
    pasteable(['git', '-C', root, 'config', '--local', '--list']),
  )
}
