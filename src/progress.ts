import {printable} from './domain/text.ts'
import type {LaunchStep, Step} from './services/launch.ts'

/**
 * Runs steps in order and shows each as it happens: live in a terminal, else line by line on standard error, so that standard output is the
 * answer alone.
 * A step that fails stops the rest; what was done before it stays, and the next call goes on from there.
 */
export async function showProgress(steps: readonly Step[], {silent}: {silent: boolean}): Promise<LaunchStep[]> {
  if (silent || !process.stdout.isTTY) return inLines(steps, silent)
  const {Listr} = await import('listr2')
  const done: LaunchStep[] = []
  const list = new Listr(
    steps.map(step => ({
      title: step.title,
      task: async (_, task) => {
        const outcome = await step.run()
        done.push(outcome)
        if (outcome.status === 'skipped') task.skip(`${step.title}: ${printable(outcome.detail)}`)
        else task.title = `${step.title}: ${printable(outcome.detail)}`
      },
    })),
    {rendererOptions: {showErrorMessage: false}},
  )
  try {
    await list.run()
  } catch (error) {
    const stopped = steps[done.length]
    if (stopped) sayStopped(done.length, stopped)
    throw error
  }
  return done
}

async function inLines(steps: readonly Step[], silent: boolean): Promise<LaunchStep[]> {
  const done: LaunchStep[] = []
  for (const [index, step] of steps.entries()) {
    const outcome = await step.run().catch((error: unknown) => {
      if (!silent) sayStopped(index, step)
      throw error
    })
    done.push(outcome)
    if (silent) continue
    say(`${index + 1}. ${step.title}: ${outcome.status === 'skipped' ? 'nothing to do, ' : ''}${outcome.detail}`)
  }
  return done
}

function sayStopped(index: number, {title}: Step): void {
  say(`${index + 1}. ${title}: stopped here. What was done before stays; the next call goes on.`)
}

function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`)
}
