#!/usr/bin/env node
// Parses on old versions of Node, so that they get a sentence and not a syntax error. A checkout brings its own Node.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 13)) {
  await import('../dist/main.js')
} else {
  const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (existsSync(own)) {
    const {status, signal} = spawnSync(own, process.argv.slice(1), {stdio: 'inherit'})
    if (signal) process.kill(process.pid, signal)
    process.exitCode = status ?? 1
  } else {
    console.error(`codex-planner needs Node 22.13 or newer; this is ${process.versions.node}.`)
    console.error('Try this: npm install -g node@26')
    process.exitCode = 1
  }
}
