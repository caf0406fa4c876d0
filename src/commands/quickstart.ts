import type {SessionBrief} from '../domain/quickstart.ts'
import {foldedLine} from '../domain/shell.ts'
import {printable} from '../domain/text.ts'
import {PlannerCommand} from '../planner-command.ts'
import type {Quickstart} from '../services/quickstart.ts'
import {wrapped} from '../wrap.ts'

const WIDTH = 80

export default class QuickstartCommand extends PlannerCommand<Quickstart> {
  static override summary = 'Explain how the team works, with commands for this place.'
  static override description =
    'Shows what is there now: the board, the terminal, the planner and the workers. Then what to do next, and the way from a wish to merged work, with the names and numbers of this repository. It changes nothing, and works before init and outside a repository too.'
  static override examples = ['<%= config.bin %> quickstart', '<%= config.bin %> quickstart --json']
  static override access = 'read' as const

  async execute(): Promise<Quickstart> {
    const {flags} = await this.parse(QuickstartCommand)
    const folder = flags['repo-path'] ?? this.caller.project ?? this.folder
    const [{quickstart}, {openProject}] = await Promise.all([
      import('../services/quickstart.ts'),
      import('../services/project.ts'),
    ])
    return quickstart({
      openHost: () => this.host(folder, this.tell, true),
      openProject: host => openProject(host, folder, this.caller, this.tell),
    })
  }

  render(result: Quickstart): string {
    return [nowText(result), nextText(result), wayText(result)].join('\n\n')
  }
}

function nowText({repository, initialized, terminal, planner, workers, by_status, problem}: Quickstart): string {
  const counts = Object.entries(by_status).map(([status, count]) => `${count} ${status}`)
  const facts: [string, string][] = [['Repository', repository === null ? 'none in this folder' : repository]]
  if (initialized) facts.push(['Board', counts.join(', ') || 'no task yet'])
  else if (repository !== null && !problem) facts.push(['Board', 'not there yet'])
  if (terminal.backend !== null) facts.push(['Terminal', `${terminal.backend}: ${terminal.detail}`])
  else if (terminal.detail !== '') facts.push(['Terminal', 'none can be opened'])
  if (initialized) facts.push(['Planner', planner === null ? 'never started' : sessionText(planner)])
  for (const worker of workers) facts.push([worker === workers[0] ? 'Workers' : '', sessionText(worker)])
  return ['NOW', ...facts.flatMap(([name, text]) => hanging(`  ${name.padEnd(12)}`, printable(text)))].join('\n')
}

function hanging(lead: string, text: string): string[] {
  return wrapped(text, WIDTH - lead.length).map((line, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + line)
}

function sessionText({name, status, process, turn, task_id, task}: SessionBrief): string {
  const on = task_id === null ? '' : ` on ${task_id} (${task ?? 'gone from the board'})`
  const ended = status === 'closed' || status === 'lost' || status === 'suspended'
  return `${name} is ${status}${on}${ended ? '' : `, process ${process}, turn ${turn}`}`
}

function nextText({next}: Quickstart): string {
  return [
    'NEXT',
    ...paragraph(printable(next.text), 2),
    ...pasted(next.command === null ? [] : [next.command], 4),
  ].join('\n')
}

function wayText({steps}: Quickstart): string {
  const shown = steps.flatMap(({title, text, commands}, index) => [
    `  ${index + 1}. ${title}`,
    ...paragraph(text, 5),
    ...pasted(commands, 7),
  ])
  return ['THE WAY', ...shown].join('\n')
}

function paragraph(text: string, indent: number): string[] {
  return wrapped(text, WIDTH - indent).map(line => ' '.repeat(indent) + line)
}

function pasted(commands: readonly string[], indent: number): string[] {
  return commands.flatMap(command =>
    foldedLine(command, WIDTH - indent)
      .split('\n')
      .map(line => ' '.repeat(indent) + line),
  )
}
