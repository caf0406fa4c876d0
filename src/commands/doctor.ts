import {printable} from '../domain/text.ts'
import {PlannerCommand} from '../planner-command.ts'
import {type Checkup, checkUp} from '../services/doctor.ts'
import {openProject} from '../services/project.ts'

const MARKS = {ok: 'ok     ', warning: 'warning', failed: 'failed '}

export default class Doctor extends PlannerCommand<Checkup> {
  static override summary = 'Check this machine and this repository.'
  static override description =
    'Looks at Node, the configuration, git, Codex, the terminal, the plugins, the tool server, the repository and its board. It changes nothing. Every finding says what to do. Ends with 1 when a planner could not start.'
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --json']
  static override exitCodes = {1: 'A check has failed without which no planner can start.'}
  static override access = 'read' as const
  static override tool = {}

  async execute(): Promise<Checkup> {
    const {flags} = await this.parse(Doctor)
    const folder = flags['repo-path'] ?? this.caller.project ?? this.folder
    const checkup = await checkUp({
      env: process.env,
      openHost: () => this.host(folder, () => undefined),
      openProject: host => openProject(host, folder, this.caller, this.tell),
    })
    return checkup
  }

  override async run(): Promise<Checkup> {
    const checkup = await super.run()
    if (!checkup.ok) process.exitCode = 1
    return checkup
  }

  render({checks}: Checkup): string {
    return checks
      .flatMap(({name, status, detail, remedy}) => [
        `${MARKS[status]}  ${name}: ${printable(detail)}`,
        ...(remedy === null ? [] : [`         Try this: ${printable(remedy)}`]),
      ])
      .join('\n')
  }
}
