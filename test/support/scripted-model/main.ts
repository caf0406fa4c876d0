import {readFileSync} from 'node:fs'
import {parseArgs} from 'node:util'
import {startScriptedModel} from './server.ts'

const {values} = parseArgs({options: {script: {type: 'string'}, log: {type: 'string'}}})
if (values.script === undefined) throw new TypeError('Name a script: --script FILE')

const script = JSON.parse(readFileSync(values.script, 'utf8'))
const model = await startScriptedModel({script, log: values.log})
process.stdout.write(`${JSON.stringify({port: model.port, base_url: model.baseUrl, pid: process.pid})}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void model.close())
