import {basename} from 'node:path'

import {PlannerError} from '../domain/errors.ts'
import {EMPTY_REGISTRY, type Registry} from '../domain/lease.ts'
import {pasteable} from '../domain/shell.ts'
import {printable} from '../domain/text.ts'
import {shownValue} from './board-file.ts'
import type {FileStamp} from './file-stamp.ts'
import {goodCopies} from './good-copies.ts'
import {leaseSchema} from './lease-schema.ts'
import type {LeasePaths} from './paths.ts'
import {decodeText, readBytes, readText} from './safe-file.ts'
import {offsetOf, type Problem, parseYaml, placeIn} from './yaml-file.ts'

const MAX_BYTES = 5_000_000

/** What reading and writing needs, before anybody has to wait for it: loading takes longer than the change. */
export async function loadRegistryCode(): Promise<void> {
  await Promise.all([import('yaml'), import('valibot')])
}

export interface ReadRegistry {
  registry: Registry
  /** Null when there is no file. */
  stamp: FileStamp | null
}

/** A file that is damaged, or that a newer version wrote, is never taken for an empty one. @throws PlannerError LEASE_REGISTRY_DAMAGED, UNSAFE_FILE */
export async function readRegistry(paths: LeasePaths): Promise<ReadRegistry> {
  const read = await readBytes(paths.file, {maxBytes: MAX_BYTES})
  if (!read) return {registry: await neverThere(paths), stamp: null}
  const text = read.bytes && decodeText(read.bytes)
  if (text === undefined) {
    const what = read.bytes ? 'it is not UTF-8 text' : `it has ${read.stamp.size} bytes; ${MAX_BYTES} are the most`
    throw await damaged(paths, {what, offset: undefined}, '')
  }
  return {registry: await parseRegistry(paths, text), stamp: read.stamp}
}

/** A file that held leases is missed: taken for empty, it would give what others hold away once more. @throws PlannerError LEASE_REGISTRY_DAMAGED */
async function neverThere(paths: LeasePaths): Promise<Registry> {
  const [copy] = await goodCopies(paths, basename(paths.file))
  const read = copy === undefined ? undefined : await readText(copy, {maxBytes: MAX_BYTES})
  if (copy === undefined || read === undefined) return EMPTY_REGISTRY
  const {leases, queue} = await parseRegistry(paths, read.text)
  if (leases.length + queue.length === 0) return EMPTY_REGISTRY
  throw new PlannerError('LEASE_REGISTRY_DAMAGED', `${paths.file} is gone, although it held leases.`, [
    pasteable(['cp', copy, paths.file]),
  ])
}

async function parseRegistry(paths: LeasePaths, text: string): Promise<Registry> {
  const parsed = await parseYaml(text)
  if (parsed.problem) throw await damaged(paths, parsed.problem, text)
  const {document} = parsed
  const [{safeParse}, schema] = await Promise.all([import('valibot'), leaseSchema()])
  const result = safeParse(schema, document.toJS())
  if (result.success) {
    const twice = doubledId(result.output)
    if (twice !== undefined)
      throw await damaged(paths, {what: `${twice} stands twice in the file`, offset: undefined}, text)
    return result.output
  }
  const [issue] = result.issues
  const path = (issue.path ?? []).map(step => step.key)
  const unknown = issue.type === 'strict_object' && issue.expected === 'never'
  const offset = await offsetOf(document, path, unknown ? 'key' : 'value')
  throw await damaged(paths, {what: sentenceAbout(path, issue, unknown), offset}, text)
}

function doubledId({leases, queue}: Registry): string | undefined {
  const ids = [...leases, ...queue].map(({id}) => id)
  return ids.find((id, index) => ids.indexOf(id) !== index)
}

function sentenceAbout(
  path: readonly unknown[],
  {input, message}: {input: unknown; message: string},
  unknown: boolean,
): string {
  const name = printable(path.map(step => (typeof step === 'number' ? String(step + 1) : String(step))).join('.'))
  if (unknown) return `the key ${name} is not known`
  if (input === undefined) return `${name} is missing`
  if (name === 'format')
    return `it has format ${shownValue(input)}, made by a newer codex-planner; this one knows format 1`
  return `${name === '' ? 'the file' : name} is ${shownValue(input)}; accepted is ${message}`
}

async function damaged(paths: LeasePaths, {what, offset}: Problem, text: string): Promise<PlannerError> {
  const [copy] = await goodCopies(paths, basename(paths.file))
  const remedy = copy === undefined ? ['mv', paths.file, `${paths.file}.damaged`] : ['cp', copy, paths.file]
  return new PlannerError('LEASE_REGISTRY_DAMAGED', `${paths.file}${placeIn(text, offset)}: ${what}.`, [
    pasteable(remedy),
  ])
}

const HEADER = `# Who runs heavy commands on this host, and who waits for a turn. codex-planner writes this file anew with every change.
# To end a lease: codex-planner release-lease HEAVY-1234abcd
`

export async function registryText(registry: Registry): Promise<string> {
  const {stringify} = await import('yaml')
  return `${HEADER}${stringify({format: 1, ...registry}, {lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false})}`
}
