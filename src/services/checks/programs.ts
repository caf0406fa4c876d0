import {accessSync, constants, statSync} from 'node:fs'

import {pasteable} from '../../domain/shell.ts'
import {isNodeError} from '../../system/node-error.ts'
import {selfCommand} from '../../system/self.ts'
import type {Host} from '../host.ts'
import {type Finding, failed, ok} from './finding.ts'

export function nodeFinding(version: string, program: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) return ok(`Node ${version}, ${program}`)
  return failed(`Node ${version}, ${program}; 22.13 or newer is needed`, 'npm install -g node@26')
}

export function gitFinding(version: string): Finding {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)
  if (major > 2 || (major === 2 && minor >= 36)) return ok(version)
  return failed(`${version}; 2.36 or newer is needed for safe lists of worktrees`, 'sudo apt-get install -y git')
}

export function loginFinding(login: {ok: boolean; summary: string}): Finding {
  return login.ok
    ? ok(`codex doctor: ${login.summary}`)
    : failed(`Codex cannot reach a model as it is: ${login.summary}`, 'codex login')
}

export function homeFinding(home: string): Finding {
  try {
    accessSync(home, constants.W_OK)
    return statSync(home).isDirectory() ? ok(home) : failed(`${home} is not a folder`, pasteable(['ls', '-ld', home]))
  } catch (error) {
    if (!isNodeError(error)) throw error
    if (error.code === 'ENOENT')
      return failed(`Codex has no folder ${home} yet; it has never been set up for this user`, 'codex login')
    return failed(`${home} cannot be written`, pasteable(['ls', '-ld', home]))
  }
}

/** Starts our own tool server the way Codex would, and asks it who it is. */
export async function toolServerFinding(host: Host): Promise<Finding> {
  const {runProgram} = await import('../../system/program.ts')
  const [node, script] = selfCommand()
  const params = {protocolVersion: '2025-06-18', capabilities: {}, clientInfo: {name: 'doctor', version: '1'}}
  const hello = JSON.stringify({jsonrpc: '2.0', id: 1, method: 'initialize', params})
  const {stdout, stderr} = await runProgram(node, [script, 'serve-mcp', '--role', 'observer'], {
    input: `${hello}\n`,
    env: host.env,
    timeout: 20_000,
  })
  if (stdout.includes('"serverInfo"')) return ok(`${script} serve-mcp starts and answers`)
  return failed(
    `${script} serve-mcp did not answer: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    'codex-planner serve-mcp --role observer',
  )
}
