import {expect} from 'chai'
import stringWidth from 'string-width'

import {type Column, table} from '../src/table.ts'

interface Row {
  id: string
  title: string
}

const columns: Column<Row>[] = [
  {title: 'TASK', value: row => row.id},
  {title: 'TITLE', value: row => row.title, flexible: true},
]

function lines(rows: Row[], width?: number, of = columns): string[] {
  return table(rows, of, width).split('\n')
}

/** As wide as in a terminal that draws the parts of an emoji side by side. */
function drawnApart(line: string): number {
  return Array.from(line).reduce((sum, character) => sum + stringWidth(character), 0)
}

describe('a table', () => {
  it('stands in columns under its titles, without blanks at the end of a line', () => {
    const rows = [
      {id: 'TASK-001', title: 'Short'},
      {id: 'TASK-1000', title: 'A longer one'},
    ]
    expect(lines(rows, 80)).to.deep.equal(['TASK       TITLE', 'TASK-001   Short', 'TASK-1000  A longer one'])
  })

  it('gives a pipe every value whole', () => {
    const title = 'x'.repeat(300)
    expect(lines([{id: 'TASK-001', title}])).to.deep.equal([`TASK      TITLE`, `TASK-001  ${title}`])
  })

  const titles: [what: string, title: string][] = [
    [
      'Latin letters',
      'Refuse names that are empty or have nothing but blanks in them, and say which one it was '.repeat(3),
    ],
    ['Chinese', '拒绝空的名称并说明是哪一个'.repeat(12)],
    ['Japanese and Latin, mixed', 'ABC名前が空のときは拒否する'.repeat(12)],
    ['Korean', '빈이름을거부하고어느것인지말한다'.repeat(12)],
    ['emoji', '🚀🔥💡'.repeat(40)],
    ['flags and emoji of several parts', '🇩🇪👍🏽❤️'.repeat(50)],
    ['emoji that are joined', '👨\u200d💻👩🏽\u200d🚀🏳️\u200d🌈'.repeat(20)],
    ['letters with marks of their own', 'e\u0301u\u0308'.repeat(120)],
    ['hidden characters, which are written out', '\u202e\u200b\u0007'.repeat(20)],
  ]
  for (const width of [40, 80, 200]) {
    for (const [what, title] of titles) {
      it(`fits ${width} columns with ${what} in it, and says that it was cut`, () => {
        const rows = [
          {id: 'TASK-001', title},
          {id: 'TASK-002', title: 'Short'},
        ]
        const shown = lines(rows, width)
        for (const line of shown) expect(drawnApart(line)).to.be.at.most(width)
        expect(shown[1]).to.match(/^TASK-001 {2}.*…$/u)
        expect(shown[2]).to.equal('TASK-002  Short')
      })
    }
  }

  it('keeps columns below wide characters in line', () => {
    const of = [...columns.toReversed()]
    const rows = [
      {id: 'TASK-001', title: '漢字'},
      {id: 'TASK-002', title: 'abcd'},
      {id: 'TASK-003', title: '🚀ab'},
    ]
    expect(lines(rows, 80, of)).to.deep.equal(['TITLE  TASK', '漢字   TASK-001', 'abcd   TASK-002', '🚀ab   TASK-003'])
  })

  it('shows what could move the cursor, hide text or turn it round as what it is (A-078)', () => {
    const rows = [{id: 'TASK-001', title: 'a\u001b[2Jb\u202ec\u200bd\r\ne\u{e0041}f'}]
    expect(lines(rows)[1]).to.equal('TASK-001  a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{d}\\u{a}e\\u{e0041}f')
  })

  it('cuts other columns only when the flexible ones are narrow already', () => {
    const of: Column<Row>[] = [{title: 'A', value: row => row.id}, ...columns.slice(1)]
    const rows = [{id: 'i'.repeat(40), title: 't'.repeat(40)}]
    expect(lines(rows, 60, of)[1]).to.equal(`${'i'.repeat(40)}  ${'t'.repeat(17)}…`)
    expect(lines(rows, 40, of)[1]).to.equal(`${'i'.repeat(25)}…  ${'t'.repeat(11)}…`)
  })

  it('leaves out columns that may be missed before it makes others hard to read', () => {
    const wide: Column<Row>[] = [
      ...columns,
      {title: 'PRIORITY', value: () => 'normal', drop: 1},
      {title: 'OWNER', value: () => 'worker-task-001', drop: 2},
    ]
    const rows = [{id: 'TASK-001', title: 'Refuse empty names'}]
    expect(lines(rows, 80, wide)[1]).to.equal('TASK-001  Refuse empty names  normal    worker-task-001')
    expect(lines(rows, 46, wide)).to.deep.equal([
      'TASK      TITLE         PRIORITY  OWNER',
      'TASK-001  Refuse empt…  normal    worker-task…',
    ])
    expect(lines(rows, 40, wide)).to.deep.equal([
      'TASK      TITLE               PRIORITY',
      'TASK-001  Refuse empty names  normal',
    ])
    expect(lines(rows, 24, wide)).to.deep.equal(['TASK      TITLE', 'TASK-001  Refuse empty …'])
  })

  it('fits however narrow it is', () => {
    const rows = [{id: 'TASK-001', title: '漢字'.repeat(10)}]
    for (const width of [4, 10, 20, 21])
      for (const line of lines(rows, width)) expect(drawnApart(line)).to.be.at.most(width)
  })
})
