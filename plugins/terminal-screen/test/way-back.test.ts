import assert from 'node:assert/strict'
import {execFileSync} from 'node:child_process'
import {mkdir, mkdtemp, writeFile} from 'node:fs/promises'
import path from 'node:path'

import type {TerminalRef} from '@codex-planner/plugin-api'

import {testPluginHost} from '../../../test/support/plugin-host.ts'
import {endScreens} from '../../../test/support/screens.ts'
import {screenBackend} from '../src/screen-backend.ts'
import {command} from '../src/screen-program.ts'
import {requireRef} from '../src/screen-ref.ts'
import {pasteable} from '../src/words.ts'
import {isRunning, LASTING, type Script, scriptIn, type ThrowAway, throwAwayHost, until} from './throw-away.ts'

/** A person's own terminal: a window of another screen, in which the line is run. */
interface Person {
  shows(): Promise<string>
  press(keys: string): Promise<void>
  close(): Promise<void>
}

describe('the way back to a window of screen', () => {
  let throwAway: ThrowAway
  let people: Person[]

  beforeEach(() => {
    people = []
  })
  afterEach(async () => {
    for (const person of people) await person.close()
    await throwAway.remove()
  })

  async function open(
    settings = {},
  ): Promise<{backend: ReturnType<typeof screenBackend>; ref: TerminalRef; script: Script}> {
    throwAway = await throwAwayHost({name: 'a state-', settings})
    const backend = screenBackend(throwAway.host)
    const script = await scriptIn(
      throwAway.folder,
      'worker-1',
      `exec 3<&0; (while :; do echo 'thrée in here'; sleep 0.2; done) & cat <&3 >lines & ${LASTING}`,
    )
    const request = {id: 'a', project: 'kit', session: 'worker-1', title: 'worker-1 · repo', script: script.file}
    const ref = await backend.open(request)
    await script.started()
    return {backend, ref, script}
  }

  function wayOf(backend: ReturnType<typeof screenBackend>, ref: TerminalRef): string[] {
    const way = backend.wayBack(ref)
    return 'command' in way ? way.command : assert.fail('a command')
  }

  async function goes(line: string): Promise<Person> {
    const stateFolder = await mkdtemp(path.join(throwAway.folder, 'person-'))
    // Its own command key, so that what is pressed reaches the screen within.
    const host = testPluginHost({stateFolder, env: throwAway.host.env, settings: {command_key: 'x'}})
    const theirs = screenBackend(host)
    const folder = path.join(stateFolder, 'home')
    await mkdir(folder)
    await writeFile(path.join(folder, 'run.sh'), `${line}\necho "ended with $?"\nsleep 1000\n`)
    const file = path.join(folder, 'run.sh')
    const ref = await theirs.open({id: 'person', project: 'other', session: 'person', title: '', script: file})
    const person: Person = {
      shows: async () => (await theirs.screen?.(ref)) ?? '',
      press: keys => command(host, requireRef(ref), ['stuff', keys]),
      close: () => endScreens(folder),
    }
    people.push(person)
    return person
  }

  it('shows it with its title and the key that leaves it, and leaving it ends nothing', async () => {
    const {backend, ref, script} = await open()
    const person = await goes(pasteable(wayOf(backend, ref)))
    await until('it is shown', async () =>
      /^thrée in here[^]*worker-1 · repo +Ctrl\+a, then d: leave/.test(await person.shows()),
    )
    await person.press(String.raw`\001d`)
    await until('it was left', async () => (await person.shows()).includes('ended with 0'))
    assert.equal(await isRunning(await script.started()), true)
    assert.deepEqual(await backend.survey([ref]), ['open'])
  })

  it('is open to several at once', async () => {
    const {backend, ref} = await open()
    const line = pasteable(wayOf(backend, ref))
    const both = [await goes(line), await goes(line)]
    for (const person of both) await until('it is shown', async () => (await person.shows()).includes('thrée in here'))
  })

  it('is left with the command key that the person has set', async () => {
    const {backend, ref} = await open({command_key: 'o'})
    const person = await goes(pasteable(wayOf(backend, ref)))
    await until('it is shown', async () => (await person.shows()).includes('Ctrl+o, then d: leave'))
    await person.press(String.raw`\001d`)
    await person.press(String.raw`\017d`)
    await until('it was left', async () => (await person.shows()).includes('ended with 0'))
  })

  it('has the session take no text while somebody scrolls back in it, and nothing is submitted', async () => {
    const {backend, ref, script} = await open()
    const person = await goes(pasteable(wayOf(backend, ref)))
    await until('it is shown', async () => (await person.shows()).includes('thrée in here'))
    await person.press(String.raw`\001[`)
    await until('they scroll back', async () => (await person.shows()).includes('Copy mode'))
    await assert.rejects(backend.type?.(ref, 'hello there') ?? assert.fail(), /so it was not submitted\.$/)
    assert.equal(await script.wrote('lines'), '')
  })

  it('ends with the session, and says nothing worse than that', async () => {
    const {backend, ref} = await open()
    const person = await goes(pasteable(wayOf(backend, ref)))
    await until('it is shown', async () => (await person.shows()).includes('thrée in here'))
    await backend.close(ref)
    await until('it has ended', async () => (await person.shows()).includes('ended with 0'))
    assert.match(await person.shows(), /\[screen is terminating\]/)
  })

  it('is no way when the terminal is gone, and says so', async () => {
    const {backend, ref} = await open()
    const [program = '', ...args] = wayOf(backend, ref)
    await backend.close(ref)
    await until('its screen has ended', async () => !(await isRunning(Number.parseInt(String(ref['screen']), 10))))
    assert.throws(() => execFileSync(program, args, {stdio: 'pipe'}), /status|Command failed/)
  })
})
