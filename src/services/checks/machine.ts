import path from 'node:path'

import {killsUserProcesses} from '../../domain/logind.ts'
import {doubtAbout, type Mount, mountOf} from '../../domain/mounts.ts'
import {pasteable} from '../../domain/shell.ts'
import {hostPaths} from '../../store/paths.ts'
import {
  existingPart,
  logindFiles,
  mounts,
  type Ownership,
  outlivesLogout,
  ownershipOf,
} from '../../system/machine-files.ts'
import {type Finding, ok, warning} from './finding.ts'

/** A folder, there or not, and what it is on; undefined where the system does not tell. */
export interface Place {
  folder: string
  mount: Mount | undefined
}

/** Where files are kept that must be locked, and replaced at once. */
export function fileSystemFinding(places: readonly Place[]): Finding {
  const doubtful = places.flatMap(({folder, mount}) => {
    const doubt = mount && doubtAbout(mount)
    return mount && doubt ? [`${folder} is on ${mount.type} (${mount.source}), ${doubt}`] : []
  })
  if (doubtful.length > 0) return warning(`${doubtful.join('; ')}. A local disk is safe.`, 'df --local --print-type')
  return ok(
    places.map(({folder, mount}) => `${folder} on ${mount?.type ?? 'what this system does not tell'}`).join(', '),
  )
}

export function placesOf(folders: readonly string[]): Place[] {
  const mounted = mounts() ?? []
  return folders.map(folder => ({folder, mount: mountOf(existingPart(folder), mounted)}))
}

/** The folder that all repositories of this user share. */
export function stateFolderFinding(env: NodeJS.ProcessEnv): Finding {
  const {stateFolder} = hostPaths(env)
  const wanted = env.XDG_STATE_HOME
  if (wanted !== undefined && wanted !== '' && !path.isAbsolute(wanted)) {
    return warning(
      `XDG_STATE_HOME is ${JSON.stringify(wanted)}, which is not absolute, so ${stateFolder} is used`,
      'unset XDG_STATE_HOME',
    )
  }
  const there = existingPart(stateFolder)
  return ownershipFinding(stateFolder, there, ownershipOf(there))
}

/** What others could do to a folder of ours; `there` is the folder itself, or the one in which it will be made. */
export function ownershipFinding(
  folder: string,
  there: string,
  {isOwn, isRoots, isOpen, isSticky}: Ownership,
): Finding {
  const isThere = folder === there
  if (isOpen && isSticky && !isThere) {
    const make = pasteable(['mkdir', '-p', '-m', '700', folder])
    return warning(`${folder} is not there yet, and in ${there} everybody could make it first`, make)
  }
  if (isOpen) return warning(`everybody can write in ${there}, and so to ${folder}`, pasteable(['chmod', 'o-w', there]))
  if (isOwn === false && (isThere || !isRoots))
    return warning(`${there} belongs to another user, who can change ${folder}`, pasteable(['ls', '-ld', there]))
  return ok(isThere ? folder : `${folder}, to be made in ${there}`)
}

/** What happens to a team when its person logs out. */
export function logoutFinding(): Finding {
  const files = logindFiles()
  if (files.length === 0) return ok('no configuration of systemd-logind, so nothing ends a team at logout')
  if (!killsUserProcesses(files)) return ok('systemd-logind leaves running what was started (no KillUserProcesses=yes)')
  if (outlivesLogout())
    return ok('KillUserProcesses=yes, but this user lingers, and this shell belongs to their manager')
  return warning(
    'systemd-logind ends everything you started when you log out (KillUserProcesses=yes), a team too',
    'loginctl enable-linger && systemd-run --user --scope codex-planner',
  )
}
