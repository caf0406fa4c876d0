import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {type Choice, choose, type Desktop} from './choice.ts'
import {listens} from './knock.ts'
import {hasSessionBus} from './session-bus.ts'
import {EMULATORS, type Refusal, SETTINGS} from './settings.ts'
import {displayFault} from './x-display.ts'

/** Looks at what this machine has, and changes nothing. */
export async function choicesOf(host: PluginHost): Promise<[Choice, ...Choice[]] | Refusal> {
  const {emulator} = host.readSettings(SETTINGS)
  const installed = new Set(EMULATORS.filter(name => host.findProgram(name) !== undefined))
  return choose(emulator ?? undefined, installed, await desktopOf(host.env))
}

async function desktopOf(env: NodeJS.ProcessEnv): Promise<Desktop> {
  const {DISPLAY: x, WAYLAND_DISPLAY: wayland} = env
  return {
    x: x ? {name: x, fault: await displayFault(env)} : undefined,
    wayland: wayland ? {name: wayland, listens: await listens(waylandSocket(wayland, env))} : undefined,
    bus: await hasSessionBus(env),
  }
}

function waylandSocket(name: string, env: NodeJS.ProcessEnv): string {
  return path.resolve(env['XDG_RUNTIME_DIR'] || '/', name)
}

const PASSED_ON = new Set([
  ...['HOME', 'PATH', 'LANG', 'SHELL', 'USER', 'LOGNAME'],
  ...['DISPLAY', 'XAUTHORITY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
])

/** What a window needs to open. The rest of a session's environment comes with its script, from a file that is read once. */
export function bareEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.has(name) || name.startsWith('LC_')))
}
