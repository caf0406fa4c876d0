import path from 'node:path'

import type {PluginHost} from '@codex-planner/plugin-api'

import {type Choice, choose, type Desktop, type Refusal} from './choice.ts'
import {EMULATOR, EMULATORS} from './emulators.ts'
import {listens} from './knock.ts'
import {hasSessionBus} from './session-bus.ts'
import {SETTINGS} from './settings.ts'
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
    wayland: wayland ? {name: wayland, fault: await waylandFault(wayland, env)} : undefined,
    bus: await hasSessionBus(env),
  }
}

async function waylandFault(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const socket = path.resolve(env['XDG_RUNTIME_DIR'] || '/', name)
  return (await listens(socket)) ? undefined : `The Wayland display ${name} cannot be opened.`
}

const PASSED_ON = new Set([
  ...['HOME', 'PATH', 'LANG', 'SHELL', 'USER', 'LOGNAME'],
  ...['DISPLAY', 'XAUTHORITY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
  // Where the person's own settings of an emulator are, and what it goes by to look like the rest of the desktop.
  ...['XDG_CONFIG_HOME', 'XDG_CONFIG_DIRS', 'XDG_DATA_HOME', 'XDG_DATA_DIRS', 'XDG_CACHE_HOME', 'XDG_STATE_HOME'],
  ...['XDG_CURRENT_DESKTOP', 'KDE_FULL_SESSION', 'KDE_SESSION_VERSION'],
])

/** What a window needs to open. The rest of a session's environment comes with its script, from a file that is read once. */
export function bareEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.has(name) || name.startsWith('LC_')))
}

/** The same without a Wayland display that does not answer: an emulator for both kinds would try nothing else. */
export function environmentOn({emulator, on}: Choice, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const {WAYLAND_DISPLAY, ...bare} = bareEnvironment(env)
  const isSilent = on === 'x' && EMULATOR[emulator].displays.includes('wayland')
  return isSilent || WAYLAND_DISPLAY === undefined ? bare : {...bare, WAYLAND_DISPLAY}
}
