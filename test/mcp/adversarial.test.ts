// Every tool call here is hostile. Each is followed by a ping, and what was refused must have left no byte anywhere on the machine.
import {damage} from './adversarial/damage.ts'
import {ids} from './adversarial/ids.ts'
import {pages} from './adversarial/pages.ts'
import {paths, surround} from './adversarial/paths.ts'
import {protocol} from './adversarial/protocol.ts'
import {roles} from './adversarial/roles.ts'
import {makeStage, type Stage} from './adversarial/stage.ts'
import {starts} from './adversarial/starts.ts'
import {state} from './adversarial/state.ts'
import {texts} from './adversarial/texts.ts'

describe('hostile input to the tools', () => {
  let stage: Stage
  before(async () => {
    stage = await makeStage()
    await surround(stage)
  })
  after(() => stage.close())

  describe('a repository', () => paths(() => stage))
  describe('an id', () => ids(() => stage))
  describe('a path in a task', () => pages(() => stage))
  describe('a text', () => texts(() => stage))
  describe('a role', () => roles(() => stage))
  describe('the protocol', () => protocol(() => stage))
  describe('a board', () => state(() => stage))
  describe('a board', () => damage(() => stage))
  describe('a start', () => starts(() => stage))
})
