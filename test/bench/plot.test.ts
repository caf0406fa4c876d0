import {expect} from 'chai'

import {type Point, svgPlot} from '../../bench/plot.ts'

const flat = (x: number, y: number): Point => ({x, y, low: y, high: y})
const plotOf = (points: Point[], target?: number) =>
  svgPlot({title: 'Cost', x: 'tasks', y: 'times', series: [{name: 'list', points, ...(target ? {target} : {})}]})

/** Where the dots are, from the left. */
function dots(svg: string): {x: number; y: number}[] {
  return [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({x: Number(x), y: Number(y)}))
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, words = '']) => words)
}

describe('the plot of the bench', () => {
  it('puts powers of ten at equal distances, from the left edge to the right one', () => {
    const [one, ten, hundred] = dots(plotOf([flat(1, 1), flat(10, 1), flat(100, 1)]))
    expect([one?.x, ten?.x, hundred?.x]).to.deep.equal([64, 340, 616])
  })

  it('puts more higher up, nothing at the bottom and the top of the axis at the top', () => {
    const [least, half, most] = dots(plotOf([flat(1, 0), flat(10, 5), flat(100, 10)]))
    expect([least?.y, half?.y, most?.y]).to.deep.equal([360, 208, 56])
  })

  it('labels both axes with round numbers, and names each line with its last value', () => {
    expect(texts(plotOf([flat(10, 1.4), flat(5000, 3.27)]))).to.deep.equal([
      'Cost',
      '0',
      '1',
      '2',
      '3',
      '4',
      '10',
      '5,000',
      'tasks',
      'times',
      'list 3.3',
    ])
  })

  it('has room for a target that is above all that was measured', () => {
    const svg = plotOf([flat(10, 1), flat(100, 1)], 8)
    expect(texts(svg)).to.include('10')
    expect(svg).to.include('<line class="target" x1="64" y1="116.8" x2="616" y2="116.8"/>')
  })

  it('shows between which values the middle half lies', () => {
    const svg = plotOf([{x: 10, y: 5, low: 0, high: 10}, flat(100, 5)])
    expect(svg).to.include('<line class="" x1="64" y1="360" x2="64" y2="56"/>')
  })

  it('keeps the names of lines apart that end at one place', () => {
    const line = (name: string, y: number) => ({name, points: [flat(1, 10), flat(10, y)]})
    const svg = svgPlot({title: '', x: '', y: '', series: [line('lower', 4.9), line('upper', 5)]})
    const at = [...svg.matchAll(/x="626" y="([\d.]+)">(\w+)/g)].map(([, y, name]) => [name, Number(y)])
    expect(at).to.deep.equal([
      ['upper', 212],
      ['lower', 228],
    ])
  })

  it('takes names as text', () => {
    const svg = svgPlot({
      title: 'a < b & "c"',
      x: 'x',
      y: 'y',
      series: [{name: '<i>', points: [flat(1, 1), flat(10, 1)]}],
    })
    expect(svg).to.include('aria-label="a &lt; b &amp; &quot;c&quot;"')
    expect(svg).to.include('>&lt;i> 1.0</text>')
  })

  it('has colours of its own for a dark screen', () => {
    expect(plotOf([flat(1, 1), flat(10, 1)])).to.include('@media (prefers-color-scheme: dark)')
  })
})
