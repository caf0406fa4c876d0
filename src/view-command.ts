import {spawn} from 'node:child_process'

import type {Access} from './domain/role.ts'
import {plannerIsSuspended} from './domain/session.ts'
import {PlannerCommand} from './planner-command.ts'
import type {Project} from './services/project.ts'
import type {Attach} from './services/terminals.ts'

/** A command at whose end a person at a terminal is taken to the team. Elsewhere the printed line is all. */
export abstract class ViewCommand<Result extends {attach: Attach}> extends PlannerCommand<Result> {
  // oclif collects inherited settings only as far as each class on the way has one of its own.
  static override access: Access = 'operate'

  private opened: Project | undefined

  protected override async project(flags: {'repo-path'?: string | undefined}): Promise<Project> {
    this.opened = await super.project(flags)
    return this.opened
  }

  override async run(): Promise<Result> {
    const result = await super.run()
    if (!this.jsonEnabled() && process.stdin.isTTY && process.stdout.isTTY) await this.goTo(result.attach)
    return result
  }

  /** Hands this terminal over to the command that goes there, and ends as it ends: also when the team is suspended in its own view. */
  private async goTo({command}: Attach): Promise<void> {
    const [program, ...args] = command ?? []
    if (program === undefined) return
    const child = spawn(program, args, {stdio: 'inherit'})
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', code => resolve(code ?? 1))
    })
    const board = await this.opened?.board.read()
    if (board && plannerIsSuspended(board)) this.log('The team is suspended. Go on with: codex-planner')
  }
}
