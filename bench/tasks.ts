import {makeMachine} from '../test/commands/machine.ts'
import {makeBoard} from './boards.ts'
import type {BenchOptions, Figure} from './figure.ts'
import {svgPlot} from './plot.ts'
import {BASELINE, type Case, columns, inRounds} from './rounds.ts'
import {throwAway} from './throw-away.ts'
import {startToEnd} from './timing.ts'

const SIZES = [10, 100, 500, 1000, 5000]
const CALLS = [
  {call: 'list-tasks', target: 1.75},
  {call: 'update-task', target: 2.3},
]

/** How the cost of a call grows with the board. */
export async function tasks({
  isFull,
  rounds = isFull ? 20 : 5,
  installed: install,
  say,
}: BenchOptions): Promise<Figure> {
  const machine = throwAway(await makeMachine())
  try {
    const installed = await install()
    say('Making boards.')
    const cases: Case[] = []
    for (const size of SIZES) {
      const {root: cwd, task} = await makeBoard(machine, installed, `tasks-${size}`, size)
      let changes = 0
      const time = (words: readonly string[]) => startToEnd([...installed.argv, ...words], {cwd, env: machine.env})
      const update = () => ['update-task', task, '--title', `Title ${(changes += 1)}`]
      cases.push(
        {name: `list-tasks @ ${size}`, time: () => time(['list-tasks'])},
        {name: `update-task @ ${size}`, time: () => time(update())},
      )
    }
    say(`Measuring ${cases.length} calls in ${rounds} rounds.`)
    const measured = await inRounds(cases, rounds)
    const rows = SIZES.flatMap(size =>
      CALLS.flatMap(({call, target}) => {
        const of = measured.get(`${call} @ ${size}`)
        return of ? [{call, size, of, target}] : []
      }),
    )
    const series = CALLS.map(({call, target}) => ({
      name: call,
      target,
      points: rows
        .filter(row => row.call === call)
        .map(({size, of: {ratio}}) => ({x: size, y: ratio.median, low: ratio.low, high: ratio.high})),
    }))
    return {
      name: 'tasks',
      title: 'What a call costs on boards of different sizes',
      settings: {rounds},
      rows: rows.map(({call, size, of, target}) => ({call, tasks: size, ...columns(of), target})),
      notes: [`The ratios are to ${BASELINE}.`],
      plot: svgPlot({
        title: 'What a call costs (dashed: the targets)',
        x: 'tasks on the board',
        y: `times ${BASELINE}`,
        series,
      }),
    }
  } finally {
    await machine.close()
  }
}
