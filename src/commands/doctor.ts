import {foldedLine} from '../domain/shell.ts'
import {printable} from '../domain/text.ts'
import {PlannerCommand} from '../planner-command.ts'
import {installedPlugins} from '../plugins.ts'
import {type Check, type Checkup, checkUp} from '../services/doctor.ts'
import {openProject} from '../services/project.ts'
import {terminalColumns} from '../standard-output.ts'
import {wrapped} from '../wrap.ts'

const MARKS = {ok: 'ok     ', warning: 'warning', failed: 'failed '}
const INDENT = ' '.repeat(9)

export default class Doctor extends PlannerCommand<Checkup> {
  static override summary = 'Check this machine and this repository.'
  static override description =
    'Looks at Node, the configuration, git, Codex and its login, the terminal, the plugins and what they hook into, the tool server, the folders and their file systems, the repository, its board, its sessions, and what was cut short. It changes nothing. Every finding comes with a command that helps.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']
  static override exitCodes = {1: 'A check has failed without which no planner can start.'}
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<Checkup> {
    const {flags} = await this.parse(Doctor)
    const folder = flags['repo-path'] ?? this.caller.project ?? this.folder
    const checkup = await checkUp({
      env: process.env,
      openHost: () => this.host(folder, () => undefined, true),
      openProject: host => openProject(host, folder, this.caller, this.tell),
      plugins: await installedPlugins(this.config),
    })
    return checkup
  }

  override async run(): Promise<Checkup> {
    const checkup = await super.run()
    if (!checkup.ok) process.exitCode = 1
    return checkup
  }

  render({checks}: Checkup): string {
    const width = terminalColumns() ?? Infinity
    return checks.flatMap(check => checkLines(check, width)).join('\n')
  }
}

/** A remedy stays one line, or becomes lines that a shell reads as one. */
export function checkLines({name, status, detail, remedy}: Check, width: number): string[] {
  const told = wrapped(`${name}: ${printable(detail)}`, width - INDENT.length)
  const lead = 'Try this: '
  const done = remedy === null ? [] : foldedLine(printable(remedy), width - INDENT.length - lead.length).split('\n')
  return [
    ...told.map((line, index) => (index === 0 ? `${MARKS[status]}  ` : INDENT) + line),
    ...done.map((line, index) => INDENT + (index === 0 ? lead : ' '.repeat(lead.length)) + line),
  ]
}
