import {randomBytes, randomUUID} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'

import type {Board} from '../../src/domain/board.ts'
import {resolveConfig} from '../../src/domain/config.ts'
import {PlannerError} from '../../src/domain/errors.ts'
import {latestConversation, latestSession, type Session, workerName} from '../../src/domain/session.ts'
import {sessionScript} from '../../src/domain/session-script.ts'
import {type ProcessIdentity, processState} from '../../src/domain/status.ts'
import {addTask, taskOf} from '../../src/domain/task.ts'
import {closeSession} from '../../src/services/ending.ts'
import type {Host} from '../../src/services/host.ts'
import type {Project} from '../../src/services/project.ts'
import {reconcile} from '../../src/services/reconcile.ts'
import {learnConversation} from '../../src/services/reports.ts'
import {runningSession} from '../../src/services/running.ts'
import {endTeam} from '../../src/services/team.ts'
import {openTerminal} from '../../src/services/terminals.ts'
import {sessionIsUp} from '../../src/services/up.ts'
import {claim} from '../../src/services/worker-start.ts'
import type {ProjectPaths} from '../../src/store/paths.ts'
import {createRun, readRun, waitForRun, writeReady} from '../../src/store/runs.ts'
import {commandLine, parentOf, pids, probeProcess} from '../../src/system/process.ts'
import {NOW, tempBoard} from '../store/temp-project.ts'
import {type MemoryTerminal, memoryTerminal} from '../support/memory-terminal.ts'

/** How far a start gets before whoever makes it happen is gone. */
export type Reach = 'claim' | 'terminal' | 'ready'

const NOBODY = 'pid:[1]'
/** What runs in place of Codex. */
const STAND_IN = ['/bin/sleep', '1000']

/**
 * The services that start and end sessions, on a board and run folders of their own. The start script and its processes are real; what it
 * runs in place of Codex only sleeps.
 */
export class SessionHost {
  readonly ids: readonly string[]
  readonly paths: ProjectPaths
  readonly terminal: MemoryTerminal
  readonly #project: Project

  private constructor(project: Project, ids: readonly string[], terminal: MemoryTerminal) {
    this.#project = project
    this.paths = project.paths
    this.ids = ids
    this.terminal = terminal
  }

  static async open(tasks: number): Promise<SessionHost> {
    const {paths, board} = await tempBoard()
    const terminal = memoryTerminal()
    const {config} = resolveConfig({env: {}, home: paths.root})
    const host = {
      env: {HOME: paths.root},
      config: {...config, terminal_backend: 'memory'},
      codexHome: path.join(paths.root, 'codex'),
      now: () => new Date().toISOString(),
      terminalBackends: async () => ({found: [terminal], faults: []}),
    } as unknown as Host
    const project = {
      host,
      caller: {role: 'operator', session: null, project: null},
      root: paths.root,
      commonDir: path.join(paths.root, '.git'),
      key: paths.key,
      paths,
      board,
      author: 'operator',
      step: (_name: string, effect: () => Promise<unknown>) => effect(),
      trace: async () => undefined,
    } as unknown as Project
    const ids: string[] = []
    for (let number = 1; number <= tasks; number += 1) {
      const {value} = await board.change(before => addTask(before, {title: `Task ${number}`}, NOW))
      ids.push(value.id)
    }
    return new SessionHost(project, ids, terminal)
  }

  close(): Promise<void> {
    return this.terminal.closeAll()
  }

  board(): Promise<Board> {
    return this.#project.board.read()
  }

  /** As `spawn-worker` and `resume-task` start a worker: the one that runs is returned, and only one of two calls claims a start. */
  async start(id: string, reach: Reach): Promise<void> {
    await allowed(async () => {
      const board = await this.board()
      if (await runningSession(this.#project, board, workerName(id))) return
      const conversation = latestConversation(board, workerName(id))
      const {session, task} = await claim(
        this.#project,
        `${workerName(id)}-${randomBytes(4).toString('hex')}`,
        taskOf(board, id),
        {board, base: '0'.repeat(40), conversation},
        () => undefined,
      )
      if (!task) return
      if (reach === 'claim') return this.#ownerDies(session)
      await this.#run(session)
      if (reach === 'terminal') return this.#ownerDies(session)
      await waitForRun(this.paths, session.run, ['hello', 'exit'], 10_000)
      await this.ready(session)
      return this.#ownerDies(session)
    })
  }

  /** What the tool server of a session does when Codex has started it. */
  async ready(session: Session): Promise<void> {
    if (!(await readRun(this.paths, session.run)).hello) return
    await writeReady(this.paths, session.run, {pid: process.pid, at: new Date().toISOString()})
    await sessionIsUp(this.#project, session.run)
  }

  /** A conversation is heard of, the right one or, later, another. */
  talk(session: Session): Promise<void> {
    return learnConversation(this.#project, session.run, randomUUID())
  }

  /** Codex ends by itself, and the script tells how. */
  async exit(session: Session): Promise<void> {
    const {hello, exit} = await readRun(this.paths, session.run)
    if (!hello || exit || this.aliveOf(hello) !== 'alive') return
    if (!(await this.#endCodex(hello))) return
    await waitForRun(this.paths, session.run, ['exit'], 10_000)
    // The script writes its record and then ends: between the two it both has ended and runs.
    await this.#gone(hello)
  }

  /** Its terminal is torn away with all that runs in it. */
  async kill(session: Session): Promise<void> {
    const {hello} = await readRun(this.paths, session.run)
    if (!hello || this.aliveOf(hello) !== 'alive') return
    process.kill(-hello.pgid, 'SIGKILL')
    await this.#gone(hello)
  }

  /** Whether its processes can be seen from here. */
  async show(session: Session, isSeen: boolean): Promise<void> {
    const file = path.join(this.paths.runs, session.run, 'hello')
    const {hello} = await readRun(this.paths, session.run)
    if (!hello) return
    const {pidns} = probeProcess(process.pid)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^pidns=.*$/m, `pidns=${isSeen ? pidns : NOBODY}`))
  }

  async end(id: string, status: 'closed' | 'suspended'): Promise<void> {
    await allowed(() => closeSession(this.#project, workerName(id), {status, taskStatus: null, keepTerminal: false}))
  }

  async endAll(status: 'closed' | 'suspended'): Promise<void> {
    await allowed(() => endTeam(this.#project, status))
  }

  settle(): Promise<unknown> {
    return reconcile(this.#project)
  }

  /** A script whose start may have been taken back meanwhile begins only now. */
  async late(session: Session): Promise<void> {
    const {claim, hello} = await readRun(this.paths, session.run)
    if (session.terminal !== null || hello) return
    await this.#run(session)
    if (claim === undefined) await waitForRun(this.paths, session.run, ['hello', 'exit'], 10_000)
  }

  latest(board: Board, id: string): Session | undefined {
    return latestSession(board, workerName(id))
  }

  /** What is true of the process of a start, whoever may see it. */
  async isAlive(session: Session): Promise<boolean> {
    const {hello} = await readRun(this.paths, session.run)
    if (!hello) return false
    return this.aliveOf({...hello, pidns: probeProcess(process.pid).pidns}) === 'alive'
  }

  async isHidden(session: Session): Promise<boolean> {
    return (await readRun(this.paths, session.run)).hello?.pidns === NOBODY
  }

  aliveOf(identity: ProcessIdentity): string {
    return processState({...identity, pidns: probeProcess(process.pid).pidns}, probeProcess(identity.pid))
  }

  /** Whether it was there to be ended. Before and after it, the script runs other programs, which end by themselves. */
  async #endCodex(script: ProcessIdentity): Promise<boolean> {
    for (let tries = 0; tries < 2000 && this.aliveOf(script) === 'alive'; tries += 1) {
      const isCodex = (pid: number) => parentOf(pid) === script.pid && commandLine(pid).startsWith(STAND_IN.join(' '))
      const codex = pids().find(isCodex)
      if (codex !== undefined) return process.kill(codex, 'SIGTERM')
      await delay(2)
    }
    return false
  }

  async #gone(identity: ProcessIdentity): Promise<void> {
    for (let tries = 0; tries < 2000 && this.aliveOf(identity) === 'alive'; tries += 1) await delay(2)
  }

  async #run(session: Session): Promise<void> {
    const folder = path.join(this.paths.runs, session.run)
    await createRun(this.paths, session.run, {
      env: '',
      suspend: '',
      script: sessionScript({
        session: session.name,
        run: session.run,
        project: this.paths.key,
        folder,
        cwd: this.paths.root,
        identity: {CODEX_ORCHESTRATOR_RUN: session.run},
        shimFolder: folder,
        codex: STAND_IN,
        promptFile: null,
        report: ['true'],
      }),
    })
    await openTerminal(this.#project, session, this.terminal)
  }

  /** Whoever made a start happen is gone; its process number is a younger process's now. */
  async #ownerDies({run}: Session): Promise<void> {
    const file = path.join(this.paths.runs, run, 'owner')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^started=.*$/m, 'started=1'))
  }
}

/** A refusal is an answer like any other; what must not be is on the board or among the processes then. */
async function allowed(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PlannerError)) throw error
  }
}
