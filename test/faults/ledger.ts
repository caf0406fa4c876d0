import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'

import type {Board} from '../../src/domain/board.ts'

/** What one call of the program is to bring about. Every text is given once only, so that it can be found again. */
export type Operation =
  | {kind: 'create'; title: string}
  | {kind: 'add'; task: string; criterion: string}
  | {kind: 'hand-back'; task: string; summary: string}
  | {kind: 'take-up'; task: string}

export function argvOf(operation: Operation): string[] {
  const {kind} = operation
  if (kind === 'create') return ['create-task', operation.title]
  if (kind === 'add') return ['update-task', operation.task, '--acceptance', operation.criterion]
  if (kind === 'take-up') return ['update-task', operation.task, '--status', 'in_progress']
  return ['request-review', operation.task, '--force', '--summary', operation.summary]
}

/** The operations that a repository shows no trace of. */
export function lost(operations: readonly Operation[], board: Board, root: string): Operation[] {
  const titles = new Set(board.tasks.map(({title}) => title))
  const tasks = new Map(
    board.tasks.map(task => [task.id, {criteria: new Set(task.acceptance), file: task.handoff_file}]),
  )
  const pages = new Map<string, string>()
  const pageOf = (task: string): string => {
    const file = path.join(root, tasks.get(task)?.file ?? 'no such file')
    const page = pages.get(file) ?? (existsSync(file) ? readFileSync(file, 'utf8') : '')
    pages.set(file, page)
    return page
  }
  return operations.filter(operation => {
    const {kind} = operation
    if (kind === 'create') return !titles.has(operation.title)
    if (kind === 'add') return !tasks.get(operation.task)?.criteria.has(operation.criterion)
    return kind === 'hand-back' && !pageOf(operation.task).includes(`\n> ${operation.summary}\n`)
  })
}

/** What stands on the board and nobody asked for. */
export function unasked(operations: readonly Operation[], board: Board): string[] {
  const titles = new Set(operations.flatMap(operation => (operation.kind === 'create' ? [operation.title] : [])))
  const criteria = new Set(operations.flatMap(operation => (operation.kind === 'add' ? [operation.criterion] : [])))
  return board.tasks.flatMap(task => [
    ...(titles.has(task.title) ? [] : [task.title]),
    ...task.acceptance.filter(criterion => !criteria.has(criterion)),
  ])
}
