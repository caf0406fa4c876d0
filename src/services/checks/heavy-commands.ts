import {editing} from '../../domain/shell.ts'
import {hostPaths} from '../../store/paths.ts'
import {codexConfigFile} from '../../system/codex-config.ts'
import {hookFor, whyNotTrusted} from '../heavy-refusal.ts'
import type {Host} from '../host.ts'
import {type Finding, ok, warning} from './finding.ts'

/** A folder that is there; which script it is makes no difference to Codex. */
const ANYWHERE = '/'

/** Whether the next sessions will refuse what the host names as heavy. */
export async function heavyCommandsFinding(host: Host): Promise<Finding> {
  const names = host.config.heavy_commands.join(', ')
  const why = await whyNotTrusted(host, hookFor('/heavy.sh'), [], ANYWHERE)
  if (why === null) return ok(`sessions start these through run: ${names}`)
  const remedies = {
    config: editing(hostPaths(host.env).config),
    codex: 'codex --version',
    'codex config': editing(codexConfigFile(host.codexHome)),
    features: 'codex features list',
  }
  return warning(`sessions start without refusing ${names}: ${why.reason}`, remedies[why.remedy])
}
