/** The entries of one board file at one time. */
export interface Version<Entry> {
  revision: number
  entries: readonly Entry[]
}

export interface Save<Entry> extends Version<Entry> {
  /** The time that stands in for those that a person left out. */
  writtenAt: string
}

/** What was known before a save. */
export interface History<Entry> {
  /** What the program wrote, the newest first; never empty. */
  written: readonly [Version<Entry>, ...Version<Entry>[]]
  /** Entries of earlier saves that have been read already. */
  read: readonly Entry[]
}

export interface Merged<Entry> {
  entries: Entry[]
  /** Where the save and the newest version say different things, such as `TASK-001 title`; the newest stays. */
  clashes: string[]
}

interface Numbered {
  revision: number
}

type KeyOf<Entry> = (entry: Entry) => string

/** Whether somebody saved what they had opened before the newest version was written. */
export function isStale<Entry extends Numbered>(
  save: Version<Entry>,
  newest: Version<Entry>,
  keyOf: KeyOf<Entry>,
): boolean {
  const known = byKey(newest.entries, keyOf)
  return save.revision < newest.revision || save.entries.some(entry => isBehind(entry, known.get(keyOf(entry))))
}

function byKey<Entry>(entries: readonly Entry[], keyOf: KeyOf<Entry>): Map<string, Entry> {
  return new Map(entries.map(entry => [keyOf(entry), entry]))
}

function isBehind(entry: Numbered, newest: Numbered | undefined): newest is Numbered {
  return newest !== undefined && entry.revision < newest.revision
}

/**
 * The entries that differ from the newest version without a revision that says so: a person changed them. What has left the board since they
 * opened it is compared with what it was then.
 */
export function editedByHand<Entry extends Numbered>(
  entries: readonly Entry[],
  newest: Version<Entry>,
  keyOf: KeyOf<Entry>,
  opened: Version<Entry> = newest,
): Entry[] {
  const [known, before] = [byKey(newest.entries, keyOf), byKey(opened.entries, keyOf)]
  return entries.filter(entry => {
    const written = known.get(keyOf(entry)) ?? before.get(keyOf(entry))
    return entry.revision <= newest.revision && !(written && isSame(entry, written))
  })
}

/**
 * Puts a stale save and the newest version together. An entry's own revision tells what its person had seen: what they
 * changed since counts where nothing else changed it. Entries stay in the order of the save, those it lacks come last.
 */
export function mergeSave<Entry extends Numbered>(
  save: Save<Entry>,
  history: History<Entry>,
  keyOf: KeyOf<Entry>,
): Merged<Entry> {
  const [newest] = history.written
  const [known, saved] = [byKey(newest.entries, keyOf), byKey(save.entries, keyOf)]
  const clashes: string[] = []
  const entries = save.entries.map(entry => {
    const key = keyOf(entry)
    const written = known.get(key)
    if (!written || !isBehind(entry, written)) return entry
    const isSeen = (other: Entry) => keyOf(other) === key && other.revision === entry.revision
    const base = history.written.flatMap(version => version.entries).find(isSeen)
    const merged = mergeEntry(entry, {newest: written, base, read: history.read.filter(isSeen), unsaid: save.writtenAt})
    clashes.push(...merged.clashes.map(field => `${key} ${field}`))
    return merged.entry
  })
  const opened = history.written.find(({revision}) => revision === save.revision)
  const before = byKey(opened?.entries ?? [], keyOf)
  for (const entry of newest.entries) {
    const key = keyOf(entry)
    if (saved.has(key)) continue
    const seen = before.get(key)
    // Whoever took it away had seen it as it still is.
    if (seen?.revision === entry.revision) continue
    if (seen) clashes.push(key)
    entries.push(entry)
  }
  return {entries, clashes}
}

interface Sides<Entry> {
  newest: Entry
  base: Entry | undefined
  read: readonly Entry[]
  unsaid: string
}

function mergeEntry<Entry extends Numbered>(
  saved: Entry,
  {newest, base, read, unsaid}: Sides<Entry>,
): {entry: Entry; clashes: string[]} {
  const typed: [string, unknown][] = []
  const clashes: string[] = []
  for (const [field, value] of Object.entries(saved)) {
    const isValue = (entry: Entry) => isSame(Reflect.get(entry, field), value)
    // What was there when the file was opened, or has been read from an earlier save, is no new edit.
    const isKnown = value === unsaid || isValue(newest) || (base && isValue(base)) || read.some(isValue)
    if (field === 'revision' || isKnown) continue
    const isUnchanged = base && isSame(Reflect.get(base, field), Reflect.get(newest, field))
    if (isUnchanged) typed.push([field, value])
    else clashes.push(field)
  }
  return {entry: typed.length === 0 ? newest : {...newest, ...Object.fromEntries(typed)}, clashes}
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

/** The comments of a text, and at worst some of its texts that hold a `#`. */
export function commentsOf(text: string): Set<string> {
  return new Set([...text.matchAll(/(?:^|\s)(#.*\S)/gm)].map(([, comment = '']) => comment))
}
