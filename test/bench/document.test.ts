import {expect} from 'chai'

import {markdownTable, titleOf, withFigure} from '../../bench/document.ts'

describe('a figure in a document', () => {
  it('is a table whose columns are as wide as what is in them', () => {
    const rows = [
      {call: '--version', ms: 20.5, still_starting: 0},
      {call: 'list-tasks --json', ms: 9, still_starting: '-'},
    ]
    expect(markdownTable({rows})).to.equal(
      [
        '| Call              | ms   | Still starting |',
        '| ----------------- | ---- | -------------- |',
        '| --version         | 20.5 | 0              |',
        '| list-tasks --json | 9    | -              |',
      ].join('\n'),
    )
  })

  it('takes the place of the one that was there, and of nothing else', () => {
    const document = 'Before.\n\n<!-- figure size -->\n\nOld.\n\n<!-- end size -->\n\nAfter.\n'
    expect(withFigure(document, 'size', 'New.')).to.equal(
      'Before.\n\n<!-- figure size -->\n\nNew.\n\n<!-- end size -->\n\nAfter.\n',
    )
  })

  it('is refused by a document that has no place for it', () => {
    expect(() => withFigure('<!-- figure size -->\n<!-- end size -->', 'peers', 'New.')).to.throw(
      'The document has no place for peers',
    )
  })

  it('has headings that a person reads', () => {
    expect(['more_ms', 'ms', 'mb', 'p95', 'cpu_seconds', 'call'].map(titleOf)).to.deep.equal([
      'More ms',
      'ms',
      'MB',
      'p95',
      'CPU seconds',
      'Call',
    ])
  })
})
