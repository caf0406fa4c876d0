import * as v from 'valibot'

// A plain string is looked for as it stands: paths are the most common pattern, and a leading slash must not make one
// a regular expression.
const patternSchema = v.union([v.string(), v.strictObject({regex: v.string(), flags: v.optional(v.string())})])

const usageSchema = v.strictObject({
  input: v.optional(v.number()),
  cached: v.optional(v.number()),
  output: v.optional(v.number()),
  reasoning: v.optional(v.number()),
})

const argsSchema = v.record(v.string(), v.unknown())

const actions = {
  text: {text: v.string()},
  mcp: {mcp: v.pipe(v.string(), v.regex(/^[^.]+\../, 'is not written server.tool')), args: v.optional(argsSchema)},
  shell: {shell: v.string(), args: v.optional(argsSchema)},
  tool: {tool: v.string(), namespace: v.optional(v.string()), args: v.optional(argsSchema)},
  js: {js: v.string()},
  custom: {custom: v.string(), input: v.string()},
  item: {item: v.looseObject({type: v.string()})},
}

const delivery = {
  reasoning: v.optional(v.string()),
  gate: v.optional(v.string()),
  delayMs: v.optional(v.number()),
  usage: v.optional(usageSchema),
}

const actionSchema = v.union([
  v.strictObject(actions.text),
  v.strictObject(actions.mcp),
  v.strictObject(actions.shell),
  v.strictObject(actions.tool),
  v.strictObject(actions.js),
  v.strictObject(actions.custom),
  v.strictObject(actions.item),
])

const stepSchema = v.union(
  [
    step(actions.text),
    step(actions.mcp),
    step(actions.shell),
    step(actions.tool),
    step(actions.js),
    step(actions.custom),
    step(actions.item),
    step({parallel: v.array(actionSchema)}),
    step({hang: v.literal(true)}),
    step({drop: v.literal(true)}),
    step({fail: v.strictObject({code: v.string(), message: v.string()})}),
    step({httpError: v.strictObject({status: v.number(), body: v.optional(v.unknown())})}),
  ],
  ({input}) => `is not a step: ${JSON.stringify(input)}`,
)

function step<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject({...entries, ...delivery})
}

const turnSchema = v.strictObject({
  when: v.optional(patternSchema),
  repeat: v.optional(v.boolean()),
  steps: v.array(stepSchema),
})

const matchSchema = v.strictObject({
  prompt: v.optional(patternSchema),
  cwd: v.optional(patternSchema),
  model: v.optional(patternSchema),
  any: v.optional(patternSchema),
})

const ruleSchema = v.strictObject({
  name: v.string(),
  match: v.optional(matchSchema),
  turns: v.array(turnSchema),
})

const scriptSchema = v.strictObject({
  rules: v.optional(v.array(ruleSchema)),
  turns: v.optional(v.array(turnSchema)),
  fallback: v.optional(stepSchema),
  other: v.optional(v.record(v.string(), stepSchema)),
  usage: v.optional(usageSchema),
})

export type Pattern = v.InferOutput<typeof patternSchema>
export type Usage = v.InferOutput<typeof usageSchema>
export type Action = v.InferOutput<typeof actionSchema>
export type Step = v.InferOutput<typeof stepSchema>
/** A step the model answers, unlike one that fails or breaks off. */
export type AnswerStep = Exclude<Step, {hang: true} | {drop: true} | {fail: unknown} | {httpError: unknown}>
export type Turn = v.InferOutput<typeof turnSchema>
export type Match = v.InferOutput<typeof matchSchema>
export type Rule = v.InferOutput<typeof ruleSchema>
export type Script = v.InferOutput<typeof scriptSchema>

/** Checks what the types cannot: JSON from outside, and a step that names two actions at once. */
export function readScript(value: unknown): Script {
  const {success, output, issues} = v.safeParse(scriptSchema, value)
  if (success) return output
  throw new TypeError(issues.map(issue => `${v.getDotPath(issue) ?? 'The script'} ${issue.message}`).join('\n'))
}

export function isAnswer(step: Step): step is AnswerStep {
  return !('hang' in step || 'drop' in step || 'fail' in step || 'httpError' in step)
}

export function matches(pattern: Pattern | undefined, text: string): boolean {
  if (pattern === undefined) return true
  return typeof pattern === 'string' ? text.includes(pattern) : new RegExp(pattern.regex, pattern.flags).test(text)
}
