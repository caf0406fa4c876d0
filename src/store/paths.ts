import {createHash} from 'node:crypto'
import {homedir} from 'node:os'
import {basename, isAbsolute, join, relative, resolve} from 'node:path'

/** Where earlier versions of files are kept. */
export interface KeptPaths {
  kept: string
  /** In `kept`, or the same. */
  good: string
}

/** Every path of one project, absolute. */
export interface ProjectPaths extends KeptPaths {
  /** Short and unique on this host: names terminals, and tells a repository from a copy of it. */
  key: string
  /** The primary worktree's root. */
  root: string
  codex: string
  board: {
    folder: string
    tasks: string
    sessions: string
    archive: string
    decisions: string
    risks: string
    backlog: string
  }
  handoffs: string
  prompts: string
  log: string
  state: string
  runs: string
  renderedPrompts: string
  shim: string
  /** Inside git's common folder, so that it outlives `git clean -fdx`. */
  kept: string
  lock: string
  /** Taken while the board's lock may be held, never the other way round. */
  handoffLock: string
  journal: string
  good: string
  /** Operations in progress. */
  intents: string
  intentLock: string
  /** What git kept of worktrees that are in the trash. */
  trashedGit: string
  /** Git's own list of what this clone ignores. */
  exclude: string
}

export function projectPaths(root: string, commonDir: string): ProjectPaths {
  const codex = join(root, '.codex')
  const board = join(codex, 'board')
  const state = join(codex, 'state')
  const kept = join(commonDir, 'codex-planner')
  let key: string | undefined
  return {
    get key() {
      return (key ??= projectKey(root))
    },
    root,
    codex,
    board: {
      folder: board,
      tasks: join(board, 'tasks.yaml'),
      sessions: join(board, 'sessions.yaml'),
      archive: join(board, 'archive'),
      decisions: join(board, 'decisions.md'),
      risks: join(board, 'risks.md'),
      backlog: join(board, 'backlog.md'),
    },
    handoffs: join(codex, 'handoffs'),
    prompts: join(codex, 'prompts'),
    log: join(codex, 'logs', 'orchestrator.jsonl'),
    state,
    runs: join(state, 'runs'),
    renderedPrompts: join(state, 'rendered_prompts'),
    shim: join(state, 'bin', 'codex-planner'),
    kept,
    lock: join(kept, 'lock.db'),
    handoffLock: join(kept, 'handoffs.db'),
    journal: join(kept, 'journal'),
    good: join(kept, 'good'),
    intents: join(kept, 'intents'),
    intentLock: join(kept, 'intents.db'),
    trashedGit: join(kept, 'trash'),
    exclude: join(commonDir, 'info', 'exclude'),
  }
}

/** The key of the repository at this place. */
export function projectKey(root: string): string {
  const slug = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 20)
  return [slug, createHash('sha256').update(root).digest('hex').slice(0, 8)].filter(part => part !== '').join('-')
}

/** As the board and the operator spell it: relative to the repository's root. */
export function shownPath(paths: ProjectPaths, file: string): string {
  return relative(paths.root, file)
}

export interface HostPaths {
  home: string
  config: string
  /** Shared by all repositories of this user on this host. */
  stateFolder: string
  /** Held while a tool server is registered with Codex. */
  registrationLock: string
  pluginState(name: string): string
  leases: LeasePaths
}

/** The registry of heavy work; all of it in the state folder. */
export interface LeasePaths extends KeptPaths {
  folder: string
  file: string
  lock: string
}

type Environment = Readonly<Record<string, string | undefined>>

export function hostPaths(env: Environment): HostPaths {
  const home = absolute(env['HOME']) ?? homedir()
  const configHome = absolute(env['XDG_CONFIG_HOME']) ?? join(home, '.config')
  const stateHome = absolute(env['XDG_STATE_HOME']) ?? join(home, '.local', 'state')
  const stateFolder = join(stateHome, 'codex-orchestrator')
  const named = env['CODEX_ORCHESTRATOR_CONFIG']
  return {
    home,
    config: named ? resolve(named.replace(/^~(?=\/)/, home)) : join(configHome, 'codex-orchestrator', 'config.toml'),
    stateFolder,
    registrationLock: join(stateFolder, 'registration.db'),
    pluginState: name => join(stateFolder, 'plugins', name),
    leases: {
      folder: stateFolder,
      file: join(stateFolder, 'leases.yaml'),
      lock: join(stateFolder, 'leases.db'),
      kept: join(stateFolder, 'leases-kept'),
      good: join(stateFolder, 'leases-kept'),
    },
  }
}

/** The XDG specification: a path that is not absolute is ignored. */
function absolute(folder: string | undefined): string | undefined {
  return folder !== undefined && isAbsolute(folder) ? folder : undefined
}
