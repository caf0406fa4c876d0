import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {existsSync} from 'node:fs'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'

import type {TerminalBackend, TerminalRef} from '@codex-planner/plugin-api'

import {type MemoryTerminal, memoryTerminal} from '../../../test/support/memory-terminal.ts'
import {newBench} from '../src/testing/bench.ts'
import {TERMINAL_CLAIMS} from '../src/testing/terminal-claims.ts'

/** A backend with one fault, and the claim that finds it. */
const FAULTS: readonly {
  fault: string
  claim: string
  complaint: RegExp
  make: (sound: MemoryTerminal) => Partial<MemoryTerminal>
}[] = [
  {
    fault: 'is not ready',
    claim: 'is ready, and says with what',
    complaint: /no screen/,
    make: () => ({check: async () => ({ready: false, reason: 'no screen', remedy: 'buy one'})}),
  },
  {
    fault: 'opens nothing',
    claim: 'runs the script',
    complaint: /the script wrote started/,
    make: () => ({open: async ({id}) => ({id})}),
  },
  {
    fault: 'keeps something in its record that a board cannot hold',
    claim: 'runs the script',
    complaint: /plain values/,
    make: sound => ({
      open: async request => Object.assign(await sound.open(request), {window: undefined}),
    }),
  },
  {
    fault: 'passes the path through a shell',
    claim: 'gives the script its path byte for byte, and runs no part of it',
    complaint: /the script wrote path/,
    make: () => ({
      async open(request) {
        execFile('/bin/sh', ['-c', `/bin/sh ${request.script}`], () => undefined)
        return {id: request.id}
      },
    }),
  },
  {
    fault: 'cuts a path at a line break',
    claim: 'gives the script a path with control characters byte for byte, or refuses it',
    complaint: /the script wrote path/,
    make: sound => ({open: request => sound.open({...request, script: request.script.split('\n')[0] ?? ''})}),
  },
  {
    fault: 'passes on what it is started with',
    claim: 'passes no variables of whoever opens it on',
    complaint: /CODEX_ORCHESTRATOR_RUN of the process that opens a terminal is passed on to it/,
    make: sound => ({
      async open(request) {
        const home = path.dirname(request.script)
        execFile('/bin/sh', [request.script], {cwd: home, timeout: 5000}, () => undefined)
        return sound.open({...request, script: path.join(home, 'none')})
      },
    }),
  },
  {
    fault: 'passes the title through a shell',
    claim: 'takes any title, and runs no part of it',
    complaint: /a part of a title was run/,
    make: sound => ({
      async open(request) {
        await new Promise(resolve => execFile('/bin/sh', ['-c', `: "${request.title.replaceAll('\0', '')}"`], resolve))
        return sound.open(request)
      },
    }),
  },
  {
    fault: 'refuses a title',
    claim: 'takes any title, and runs no part of it',
    complaint: /strange title/,
    make: sound => ({
      async open(request) {
        if (request.title.includes('\n')) throw new Error('strange title')
        return sound.open(request)
      },
    }),
  },
  ...[
    'opens one terminal for one start, asked twice',
    'opens one terminal for one start, asked many times at once',
  ].map(claim => ({
    fault: 'opens a terminal for every request',
    claim,
    complaint: /id/,
    make: (sound: MemoryTerminal): Partial<MemoryTerminal> => {
      let count = 0
      return {open: request => sound.open({...request, id: `${request.id}-${++count}`})}
    },
  })),
  {
    fault: 'starts the script again and tells the same record',
    claim: 'opens one terminal for one start, asked twice',
    complaint: /start\\nstart/,
    make: sound => ({
      async open(request) {
        await sound.open({...request, id: `${request.id}-again`})
        while (!existsSync(path.join(path.dirname(request.script), 'started'))) await setTimeout(20)
        return sound.open(request)
      },
    }),
  },
  {
    fault: 'opens a session only once',
    claim: 'opens a session anew when its last terminal has ended',
    complaint: /the script wrote started/,
    make(sound) {
      const known = new Map<string, TerminalRef>()
      return {
        async open(request) {
          const ref = known.get(request.session) ?? (await sound.open(request))
          known.set(request.session, ref)
          return ref
        },
      }
    },
  },
  {
    fault: 'answers once for two',
    claim: 'answers for every terminal, in the order asked',
    complaint: /deeply equal|deep-equal/,
    make: sound => ({survey: refs => sound.survey([...new Set(refs)])}),
  },
  {
    fault: 'answers in an order of its own',
    claim: 'answers for every terminal, in the order asked',
    complaint: /deeply equal|deep-equal/,
    make: sound => ({survey: async refs => (await sound.survey(refs)).toSorted()}),
  },
  {
    fault: 'asks about no more than it has room for',
    claim: 'answers for fifty terminals at once',
    complaint: /deeply equal|deep-equal/,
    make: sound => ({
      survey: async refs => (await sound.survey(refs)).map((state, at) => (at < 32 ? state : 'unknown')),
    }),
  },
  {
    fault: 'takes a failed script for an open terminal',
    claim: 'sees that a script has ended, well or badly',
    complaint: /the terminal is gone/,
    make: sound => ({survey: async refs => (await sound.survey(refs)).map(() => 'open' as const)}),
  },
  {
    fault: 'calls unknown what is gone',
    claim: 'calls gone what another life of it made',
    complaint: /the terminal is gone/,
    make: sound => ({
      survey: async refs => (await sound.survey(refs)).map(state => (state === 'gone' ? 'unknown' : state)),
    }),
  },
  {
    fault: 'calls open what it does not know',
    claim: 'does not call open what no backend wrote',
    complaint: /true/,
    make: () => ({survey: async refs => refs.map(() => 'open' as const)}),
  },
  {
    fault: 'only forgets a terminal',
    claim: 'ends what runs in a terminal, and closing again is success',
    complaint: /the script has ended/,
    make: () => ({close: async () => 'gone' as const}),
  },
  {
    fault: 'takes closing again for an error',
    claim: 'ends what runs in a terminal, and closing again is success',
    complaint: /no such terminal/,
    make: sound => ({
      async close(ref) {
        if ((await sound.survey([ref]))[0] === 'gone') throw new Error('no such terminal')
        return sound.close(ref)
      },
    }),
  },
  {
    fault: 'closes all sessions whose name begins the same',
    claim: 'keeps sessions apart, of one project and of two',
    complaint: /deeply equal|deep-equal/,
    make(sound) {
      const opened: {session: string; ref: TerminalRef}[] = []
      return {
        async open(request) {
          const ref = await sound.open(request)
          opened.push({session: request.session, ref})
          return ref
        },
        async close(ref) {
          const session = opened.find(one => one.ref === ref)?.session ?? ''
          for (const one of opened) if (one.session.startsWith(session)) await sound.close(one.ref)
          return 'gone'
        },
      }
    },
  },
  {
    fault: 'tells an empty way',
    claim: 'tells a way back',
    complaint: /a command of words/,
    make: () => ({wayBack: () => ({command: []})}),
  },
  {
    fault: 'shows escape sequences',
    claim: 'tells what a terminal shows, as plain lines in order',
    complaint: /\[31mtwo/,
    make: () => ({screen: async () => 'one\n\u001B[31mtwo\u001B[0m\nthrée'}),
  },
  ...[
    {
      fault: 'cannot tell what a terminal shows that is gone',
      complaint: /there is no such window/,
      screen: async (sound: MemoryTerminal, ref: TerminalRef) => {
        if ((await sound.survey([ref]))[0] !== 'open') throw new Error('there is no such window')
        return sound.screen(ref)
      },
    },
    {
      fault: 'goes on to show what was closed',
      complaint: /a terminal that was closed shows nothing/,
      screen: async (sound: MemoryTerminal, ref: TerminalRef) => (await sound.screen(ref)) || 'here',
    },
  ].map(({fault, complaint, screen}) => ({
    fault,
    claim: 'tells what a terminal shows that is gone, be it nothing',
    complaint,
    make: (sound: MemoryTerminal): Partial<MemoryTerminal> => ({screen: ref => screen(sound, ref)}),
  })),
  ...[
    {
      fault: 'takes the words on the screen for a title',
      make: (sound: MemoryTerminal): Partial<MemoryTerminal> => ({
        async hints(refs) {
          const said = await sound.hints(refs)
          const states = await sound.survey(refs)
          const shown = refs.map(async (ref, index) => (states[index] === 'open' ? sound.screen(ref) : ''))
          const texts = await Promise.all(shown)
          return texts.map((text, index) => (text.includes('Action Required') ? 'approval' : (said[index] ?? null)))
        },
      }),
    },
    {
      fault: 'hints once for two',
      make: (sound: MemoryTerminal): Partial<MemoryTerminal> => ({hints: refs => sound.hints([...new Set(refs)])}),
    },
  ].map(one => ({
    ...one,
    claim: 'hints at an approval by the title alone, for every terminal in the order asked',
    complaint: /deeply equal|deep-equal/,
  })),
  {
    fault: 'loses a `;` at the end',
    claim: 'types text as it is, and submits it',
    complaint: /ends in ;/,
    make: sound => ({type: (ref, text) => sound.type(ref, text.replace(/;$/, ''))}),
  },
  ...[
    {fault: 'cuts a long text', change: (text: string) => text.slice(0, 16_000)},
    {fault: 'presses Enter for each line break', change: (text: string) => text.replaceAll('\n', '\r')},
  ].map(({fault, change}) => ({
    fault,
    claim: 'types a long text whole, and no line break in it as Enter',
    complaint: /the script wrote text|strictly equal/,
    make: (sound: MemoryTerminal): Partial<MemoryTerminal> => ({
      type: (ref, text) => sound.type(ref, change(text)),
    }),
  })),
  {
    fault: 'does not press Enter',
    claim: 'types text as it is, and submits it',
    complaint: /the script wrote line/,
    make: () => ({type: async () => undefined}),
  },
  {
    fault: 'has a dashboard for everybody',
    claim: 'has a dashboard only once it was shown',
    complaint: /undefined/,
    make: sound => ({dashboard: {...sound.dashboard, wayBack: async () => ({hint: 'over there'})}}),
  },
  {
    fault: 'loses its dashboard with the first terminal',
    claim: 'keeps its dashboard when a terminal in it ends',
    complaint: /there is a way back/,
    make: sound => ({
      async close(ref) {
        await sound.dashboard.close('kit')
        return sound.close(ref)
      },
    }),
  },
  {
    fault: 'closes terminals with the dashboard',
    claim: 'closes its dashboard and no terminal',
    complaint: /deeply equal|deep-equal/,
    make: sound => ({
      dashboard: {
        ...sound.dashboard,
        async close(project) {
          await sound.dashboard.close(project)
          await sound.closeAll()
        },
      },
    }),
  },
]

describe('the tests of a terminal backend', () => {
  for (const {fault, claim, complaint, make} of FAULTS) {
    it(`find one that ${fault}: “${claim}”`, async () => {
      const bench = await newBench(async () => {
        const sound = memoryTerminal()
        return {backend: {...sound, ...make(sound)}, cleanUp: () => sound.closeAll()}
      }, 1500)
      const found = TERMINAL_CLAIMS.find(({title}) => title === claim)
      assert.ok(found)
      try {
        await assert.rejects(found.holds(bench), error => complaint.test(String(error)) || assert.fail(String(error)))
      } finally {
        await bench.remove()
      }
    })
  }

  it('find one that takes a question without an answer for an end', async () => {
    const made = async () => {
      const sound = memoryTerminal()
      let isCutOff = false
      return {
        backend: {
          ...sound,
          survey: async (refs: readonly TerminalRef[]) =>
            isCutOff ? refs.map(() => 'gone' as const) : sound.survey(refs),
        },
        cleanUp: () => sound.closeAll(),
        cutOff: async () => void (isCutOff = true),
      }
    }
    const bench = await newBench(made, 1500)
    const found = TERMINAL_CLAIMS.find(({title}) => title === 'does not call gone what it cannot ask about')
    assert.equal(found?.applies?.(bench), true)
    await assert.rejects(found?.holds(bench) ?? assert.fail(), /open or unknown, and not gone/)
    await bench.remove()
  })

  it('ask nothing of a backend without the members that may be absent', () => {
    const bare: TerminalBackend = {
      ...memoryTerminal(),
      screen: undefined,
      hints: undefined,
      type: undefined,
      dashboard: undefined,
    }
    const asked = TERMINAL_CLAIMS.filter(({applies}) => applies?.({backend: bare, canBeCutOff: false}) ?? true)
    assert.deepEqual(
      TERMINAL_CLAIMS.filter(claim => !asked.includes(claim)).map(({title}) => title),
      [
        'does not call gone what it cannot ask about',
        'tells what a terminal shows, as plain lines in order',
        'tells what a terminal shows that is gone, be it nothing',
        'hints at an approval by the title alone, for every terminal in the order asked',
        'types text as it is, and submits it',
        'types a long text whole, and no line break in it as Enter',
        'types no escape sequence',
        'has a dashboard only once it was shown',
        'keeps its dashboard when a terminal in it ends',
        'closes its dashboard and no terminal',
      ],
    )
  })
})
