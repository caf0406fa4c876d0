import type {Bench} from './bench.ts'
import {
  answersForMany,
  answersInOrder,
  closes,
  isNotFooled,
  knowsNoStranger,
  provesAnEnd,
  seesTheEnd,
} from './ending.ts'
import {passesNoVariablesOn} from './inheriting.ts'
import {
  isReady,
  keepsApart,
  keepsOrRefusesThePath,
  keepsThePath,
  opensAnew,
  opensOnce,
  opensOnceAtOnce,
  runsTheScript,
  takesAnyTitle,
} from './opening.ts'
import {
  closesItsDashboard,
  hasADashboard,
  hintsAtApprovals,
  keepsItsDashboard,
  tellsAWayBack,
  tellsOfTheGone,
  tellsTheScreen,
  typesLongText,
  typesNoEscapes,
  typesText,
} from './showing.ts'

/** What says which claims are made of it. */
type Subject = Pick<Bench, 'backend' | 'canBeCutOff'>

export interface Claim {
  title: string
  /** Absent: of every backend. */
  applies?: (subject: Subject) => boolean
  holds: (bench: Bench) => Promise<void>
}

const hasScreen = ({backend}: Subject) => backend.screen !== undefined
const hasHints = ({backend}: Subject) => backend.hints !== undefined
const canType = ({backend}: Subject) => backend.type !== undefined
const canBeCutOff = (subject: Subject) => subject.canBeCutOff
const hasDashboard = ({backend}: Subject) => backend.dashboard !== undefined

export const TERMINAL_CLAIMS: readonly Claim[] = [
  {title: 'is ready, and says with what', holds: isReady},
  {title: 'runs the script', holds: runsTheScript},
  {title: 'gives the script its path byte for byte, and runs no part of it', holds: keepsThePath},
  {title: 'gives the script a path with control characters byte for byte, or refuses it', holds: keepsOrRefusesThePath},
  {title: 'takes any title, and runs no part of it', holds: takesAnyTitle},
  {title: 'passes no variables of whoever opens it on', holds: passesNoVariablesOn},
  {title: 'opens one terminal for one start, asked twice', holds: opensOnce},
  {title: 'opens one terminal for one start, asked many times at once', holds: opensOnceAtOnce},
  {title: 'opens a session anew when its last terminal has ended', holds: opensAnew},
  {title: 'answers for every terminal, in the order asked', holds: answersInOrder},
  {title: 'answers for fifty terminals at once', holds: answersForMany},
  {title: 'sees that a script has ended, well or badly', holds: seesTheEnd},
  {title: 'calls gone what another life of it made', holds: knowsNoStranger},
  {title: 'does not call gone what it cannot ask about', applies: canBeCutOff, holds: provesAnEnd},
  {title: 'does not call open what no backend wrote', holds: isNotFooled},
  {title: 'ends what runs in a terminal, and closing again is success', holds: closes},
  {title: 'keeps sessions apart, of one project and of two', holds: keepsApart},
  {title: 'tells a way back', holds: tellsAWayBack},
  {title: 'tells what a terminal shows, as plain lines in order', applies: hasScreen, holds: tellsTheScreen},
  {title: 'tells what a terminal shows that is gone, be it nothing', applies: hasScreen, holds: tellsOfTheGone},
  {
    title: 'hints at an approval by the title alone, for every terminal in the order asked',
    applies: hasHints,
    holds: hintsAtApprovals,
  },
  {title: 'types text as it is, and submits it', applies: canType, holds: typesText},
  {title: 'types a long text whole, and no line break in it as Enter', applies: canType, holds: typesLongText},
  {title: 'types no escape sequence', applies: canType, holds: typesNoEscapes},
  {title: 'has a dashboard only once it was shown', applies: hasDashboard, holds: hasADashboard},
  {title: 'keeps its dashboard when a terminal in it ends', applies: hasDashboard, holds: keepsItsDashboard},
  {title: 'closes its dashboard and no terminal', applies: hasDashboard, holds: closesItsDashboard},
]
