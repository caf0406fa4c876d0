import {expect} from 'chai'

import {blocksOf} from '../../src/store/yaml-blocks.ts'
import {type Edit, rewrite} from '../../src/store/yaml-rewrite.ts'

const HEAD = '# the tasks\nrevision: 3 # so far\ntasks: # here they come\n\n  # the first\n'
const ONE = '  - id: TASK-001\n    title: One # a comment\n\n  # between the two\n'
const TWO = `  - title: |+
      - id: TASK-001
      #  - id: TASK-009
      \tindented by a tab

    id: TASK-002
    notes: "over
      two lines"
# the end
`

describe('the parts of a board file', () => {
  it('are the entries, each with what stands before the next, and what comes before them all', () => {
    expect(blocksOf(HEAD + ONE + TWO, 'tasks')).to.deep.equal({head: HEAD, blocks: [ONE, TWO]})
  })

  it('are found in a list without indentation', () => {
    const [head, one, two] = ['tasks:\n', '- id: A\n  text: |\n    - id: B\n# c\n', '- id: B\n']
    expect(blocksOf(head + one + two, 'tasks')).to.deep.equal({head, blocks: [one, two]})
  })

  for (const [what, text] of Object.entries({
    'an empty list': 'revision: 0\ntasks: []\n',
    'a list in brackets': 'tasks: [{id: A}]\n',
    'a key after the list': 'tasks:\n  - id: A\nrevision: 1\n',
    'a list that is not there': 'revision: 0\n',
    'lines that end in carriage returns': 'tasks:\r\n  - id: A\r\n',
    'more than one document': '---\ntasks:\n  - id: A\n',
    'a directive': '%YAML 1.2\n---\ntasks:\n  - id: A\n',
    'an entry that begins on the next line': 'tasks:\n  -\n    id: A\n',
    'an entry that is indented less': 'tasks:\n  - id: A\n - id: B\n',
  })) {
    it(`are not looked for in ${what}`, () => {
      expect(blocksOf(text, 'tasks')).to.equal(undefined)
    })
  }
})

describe('an edit of a board file', () => {
  const edit: Edit = {
    numbers: {revision: 4},
    list: 'tasks',
    key: 'id',
    known: [{id: 'TASK-001'}, {id: 'TASK-002'}],
    changed: new Map([[1, {notes: 'short', owner: 'me'}]]),
    added: [{id: 'TASK-003'}],
  }

  it('is the same whether the entries are read by themselves or all together', async () => {
    // A key after the list has the file read as a whole.
    const more = 'more: 1\n'
    const body = HEAD + ONE + TWO.replace('# the end\n', '')
    expect(blocksOf(body, 'tasks')).to.not.equal(undefined)
    const whole = await rewrite(body + more, edit)
    expect(await rewrite(body, edit)).to.equal(whole.slice(0, -more.length))
    expect(whole).to.include('revision: 4 # so far').and.to.include('notes: short\n    owner: me\n  - id: TASK-003\n')
  })

  it('does not touch an entry that is not the one it means', async () => {
    const text = `${HEAD}${ONE}${TWO}`
    const mistaken = rewrite(text, {...edit, known: [{id: 'TASK-001'}, {id: 'TASK-007'}]})
    expect(await mistaken).to.equal(await rewrite(text, edit))
  })
})
