import {chmodSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {stringify} from 'smol-toml'

const checkout = path.resolve(import.meta.dirname, '../..')

export interface CodexHome {
  path: string
  /** What to add to the environment of Codex. */
  env: {CODEX_HOME: string; RUST_BACKTRACE: string; TMPDIR?: string; HTTPS_PROXY?: string; NO_PROXY?: string}
}

export interface CodexHomeOptions {
  folder: string
  baseUrl: string
  model: string
  /** Roots of repositories in which Codex may start without asking. */
  trusted?: string[]
  /** Whether Codex may have plugins. */
  plugins?: boolean
}

/** Writes a configuration with which Codex talks to a scripted model and to nobody else, and asks for no login. */
export function makeCodexHome({folder, baseUrl, model, trusted = [], plugins = false}: CodexHomeOptions): CodexHome {
  mkdirSync(folder, {recursive: true})
  chmodSync(folder, 0o700)
  writeFileSync(path.join(folder, 'config.toml'), stringify(quietConfig(baseUrl, model, trusted, plugins)), {
    mode: 0o600,
  })
  const env: CodexHome['env'] = {CODEX_HOME: folder, RUST_BACKTRACE: '0'}
  // With plugins Codex asks the network for a list of them, which this shuts out; the scripted model is on the loopback.
  if (plugins) Object.assign(env, {HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1'})
  if (isBelow(folder, tmpdir())) env.TMPDIR = makeTemporaryFolder(folder)
  return {path: folder, env}
}

/** The program of this checkout, whatever else is installed. */
export function codexProgram(): string {
  return path.join(checkout, 'node_modules', '.bin', 'codex')
}

/** A new folder inside the checkout, away from the temporary folder of the system. */
export function makeScratchFolder(name: string): string {
  const scratch = path.join(checkout, '.scratch')
  mkdirSync(scratch, {recursive: true})
  return mkdtempSync(path.join(scratch, `${name}-`))
}

function quietConfig(base_url: string, model: string, trusted: string[], plugins: boolean) {
  const projects = Object.fromEntries(trusted.map(root => [root, {trust_level: 'trusted'}]))
  return {
    model,
    model_provider: 'scripted',
    check_for_update_on_startup: false,
    model_providers: {
      scripted: {
        name: 'scripted',
        base_url,
        wire_api: 'responses',
        requires_openai_auth: false,
        // A scripted error is meant to be seen, not to be tried again.
        request_max_retries: 0,
        stream_max_retries: 0,
      },
    },
    // Each of these would reach for the network, and the daemon would copy 400 MB into the folder and stay.
    features: {daemon_auto_start: false, plugins, apps: false, remote_plugin: false},
    analytics: {enabled: false},
    feedback: {enabled: false},
    tui: {show_tooltips: false, animations: false},
    ...(trusted.length > 0 && {projects}),
  }
}

// Codex warns on stderr about a home below its temporary folder.
function makeTemporaryFolder(folder: string): string {
  const temporary = path.join(folder, 'tmp')
  mkdirSync(temporary, {recursive: true})
  return temporary
}

function isBelow(folder: string, parent: string): boolean {
  const between = path.relative(parent, folder)
  return !between.startsWith('..') && !path.isAbsolute(between)
}
