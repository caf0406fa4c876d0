import type {ModelRequest} from './request.ts'
import {ScriptProblem} from './script-problem.ts'
import {isObject, jsonIn} from './tool-output.ts'

export function fillText(text: string, request: ModelRequest): string {
  return text.replaceAll(/\{\{([^{}]+)\}\}/g, (_, expression: string) => {
    const found = find(expression.trim(), request)
    return typeof found === 'string' ? found : JSON.stringify(found)
  })
}

/** Fills every string inside; one that is nothing but a placeholder takes the JSON type of what was found. */
export function fillObject(object: Record<string, unknown>, request: ModelRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fill(value, request)]))
}

function fill(value: unknown, request: ModelRequest): unknown {
  if (Array.isArray(value)) return value.map(entry => fill(entry, request))
  if (isObject(value)) return fillObject(value, request)
  if (typeof value !== 'string') return value
  const alone = /^\{\{([^{}]+)\}\}$/.exec(value)?.[1]
  return alone === undefined ? fillText(value, request) : find(alone.trim(), request)
}

function find(expression: string, request: ModelRequest): unknown {
  const [head = '', ...keys] = expression.split('.')
  if ((head === 'user' || head === 'cwd' || head === 'thread') && keys.length === 0) return request[head]
  const text = /^number after (.+)$/.exec(expression)?.[1]
  if (text !== undefined) return numberAfter(text, request.user)
  const index = head === 'last' ? '-1' : /^out(-?\d+)$/.exec(head)?.[1]
  if (index === undefined) throw new ScriptProblem(`{{${expression}}} is not a placeholder`)
  const output = request.outputs.at(Number(index))
  if (output === undefined) throw new ScriptProblem(`{{${expression}}} asks for a tool output that is not there`)
  if (keys.length === 0) return output.text
  const found = keys.reduce((value: unknown, key) => (isObject(value) ? value[key] : undefined), jsonIn(output.text))
  if (found === undefined) throw new ScriptProblem(`{{${expression}}} finds nothing in: ${output.text}`)
  return found
}

function numberAfter(text: string, message: string): number {
  const [digits] = /^\d+/.exec(message.split(text)[1] ?? '') ?? []
  if (digits === undefined) throw new ScriptProblem(`There is no number after ${text} in: ${message}`)
  return Number(digits)
}
