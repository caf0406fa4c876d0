#!/usr/bin/env node
// Parses on old versions of Node, so that they get a sentence and not a syntax error. A checkout brings its own Node.
'use strict'
const {existsSync} = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const program = path.join(root, 'dist', 'bundle', 'start.cjs')
const own = path.join(root, 'node_modules', 'node', 'bin', 'node')

if (!existsSync(program)) fail('codex-planner is not built here.', 'npm run build')
else if (isNewEnough(process.versions.node)) require(program).start(root)
else if (existsSync(own)) passOnTo(own)
else fail(`codex-planner needs Node 22.13 or newer; this is ${process.versions.node}.`, 'npm install -g node@26')

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 13)
}

function passOnTo(node) {
  const {spawn} = require('node:child_process')
  // Before the child is there, so that no signal is lost between the two.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']) {
    process.on(signal, () => {
      // A terminal sends its own to both.
      const fromTerminal = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
      if (!fromTerminal) child.kill(signal)
    })
  }
  const child = spawn(node, process.argv.slice(1), {stdio: 'inherit'})
  child.on('error', error => fail(`${node} does not start: ${error.message}.`, 'npm ci'))
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 1 : code
    if (signal === null) return
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function fail(sentence, remedy) {
  console.error(`${sentence}\nTry this: ${remedy}`)
  process.exitCode = 1
}
