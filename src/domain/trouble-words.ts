import type {Trouble, TroubleKind} from './trouble.ts'

interface Words {
  /** What follows a session's name. It also tells the kind from the text on the board, so no other may begin with it. */
  says: string
  /** What somebody could do about it. */
  next: string
  /** What its data is. */
  label: string
}

const WORDS: Record<TroubleKind, Words> = {
  silent: {
    says: 'ended its turn without asking or handing back',
    next: 'read its last words with show_session and answer with resume_task',
    label: 'Its last words',
  },
  asks: {
    says: 'asked with a tool of Codex that reaches nobody here',
    next: 'read the question with show_session and answer with resume_task',
    label: 'Its question',
  },
  limit: {
    says: 'has reached the usage limit of its account',
    next: 'when the limit is lifted, go on with resume_task',
    label: 'Codex says',
  },
  login: {
    says: 'is not logged in, or its credentials were refused',
    next: 'ask the operator to run codex login, then go on with resume_task',
    label: 'Codex says',
  },
  failed: {
    says: 'had its turn ended by an error',
    next: 'read the error with show_session, then go on with resume_task',
    label: 'Codex says',
  },
  approval: {
    says: 'waits for an approval in its terminal',
    next: 'ask the operator to go there with codex-planner attach',
    label: 'Its terminal shows',
  },
  unbegun: {
    says: 'has not begun its first turn',
    next: 'ask the operator to look at its terminal with codex-planner attach',
    label: 'Its terminal shows',
  },
  stalled: {
    says: 'has recorded nothing for a long time inside its turn',
    next: 'look with show_session; a long command may still run, close_session ends the session',
    label: 'Its terminal shows',
  },
}

/** What a planner is told: ours, whatever a worker wrote. */
export function troubleSentence(kind: TroubleKind): string {
  return `${WORDS[kind].says}: ${WORDS[kind].next}`
}

export function troubleInShort(kind: TroubleKind): string {
  return WORDS[kind].says
}

/** Characters of data; the conversation has all of them. */
const MOST = 600

/** What stands on the board, with the data behind our own words. */
export function attentionOf(trouble: Trouble): string {
  const {data} = trouble
  const head = `${headOf(trouble)} ${capitalized(WORDS[trouble.kind].next)}.`
  return data === null || data === ''
    ? head
    : `${head} ${WORDS[trouble.kind].label}: ${data.slice(0, MOST).toWellFormed()}`
}

/** Whether what stands on the board is this very trouble. */
export function isOnRecord(attention: string | null, trouble: Trouble): boolean {
  return attention?.startsWith(headOf(trouble)) ?? false
}

/** The kind of trouble that stands on the board; undefined for words of another origin. */
export function kindOnRecord(attention: string): TroubleKind | undefined {
  const kinds = Object.keys(WORDS) as TroubleKind[]
  return kinds.find(kind => attention.startsWith(capitalized(WORDS[kind].says)))
}

function headOf({kind, at}: Trouble): string {
  const says = capitalized(WORDS[kind].says)
  return at === null ? `${says}.` : `${says} (${at}).`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
