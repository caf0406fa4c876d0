export interface Plot {
  title: string
  x: string
  y: string
  series: Series[]
}

export interface Series {
  name: string
  /** A horizontal line of the same colour. */
  target?: number
  points: Point[]
}

export interface Point {
  x: number
  y: number
  /** Between these lies the middle half. */
  low: number
  high: number
}

const SIZE = {width: 760, height: 420}
const AREA = {left: 64, right: 616, top: 56, bottom: 360}
/** Told apart by those who see no red or no green, too. */
const COLOURS = {light: ['#0969da', '#bc6c00', '#8250df'], dark: ['#58a6ff', '#f0a35e', '#c297ff']}

/** Lines over an axis that counts in powers of ten, as a picture for a document. */
export function svgPlot({title, x, y, series}: Plot): string {
  const points = series.flatMap(one => one.points)
  const numbers = [...new Set(points.map(point => point.x))].toSorted((a, b) => a - b)
  const top = niceTop(Math.max(...points.map(point => point.high), ...series.flatMap(one => one.target ?? [])))
  const [first = 1, last = 1] = [numbers[0], numbers.at(-1)]
  const atX = (value: number) =>
    round(AREA.left + ((AREA.right - AREA.left) * Math.log(value / first)) / (Math.log(last / first) || 1))
  const atY = (value: number) => round(AREA.bottom - ((AREA.bottom - AREA.top) * value) / top)
  const middle = (AREA.left + AREA.right) / 2
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${escaped(title)}">
<style>
.paper { fill: #ffffff } .grid { stroke: #d8dee4 } text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-size: 16px }
.middle { text-anchor: middle } .end { text-anchor: end } line, polyline { stroke-width: 1; fill: none } polyline { stroke-width: 2 }
.target { stroke-dasharray: 5 4 } g { stroke: currentColor } circle { fill: currentColor }
${coloured(COLOURS.light)}
@media (prefers-color-scheme: dark) { .paper { fill: #0d1117 } .grid { stroke: #3d444d } text { fill: #e6edf3 } ${coloured(COLOURS.dark)} }
</style>
<rect class="paper" width="${SIZE.width}" height="${SIZE.height}"/>
<text class="title" x="${AREA.left}" y="28">${escaped(title)}</text>
${steps(top)
  .map(
    value =>
      line('grid', AREA.left, atY(value), AREA.right, atY(value)) +
      text('end', AREA.left - 8, atY(value) + 4, String(value)),
  )
  .join('\n')}
${numbers.map(value => line('grid', atX(value), AREA.bottom, atX(value), AREA.bottom + 6) + text('middle', atX(value), AREA.bottom + 22, value.toLocaleString('en'))).join('\n')}
${text('middle', middle, AREA.bottom + 46, x)}
<text class="middle" transform="translate(18 ${(AREA.top + AREA.bottom) / 2}) rotate(-90)">${escaped(y)}</text>
${series.map((one, index) => drawn(one, `series${index % COLOURS.light.length}`, {atX, atY})).join('\n')}
${labels(series, atY)}
</svg>
`
}

interface Scales {
  atX: (value: number) => number
  atY: (value: number) => number
}

function drawn({target, points}: Series, name: string, {atX, atY}: Scales): string {
  return [
    `<g class="${name}">`,
    target === undefined ? '' : line('target', AREA.left, atY(target), AREA.right, atY(target)),
    `<polyline points="${points.map(({x, y}) => `${atX(x)},${atY(y)}`).join(' ')}"/>`,
    ...points.map(({x, low, high}) => line('', atX(x), atY(low), atX(x), atY(high))),
    ...points.map(({x, y}) => `<circle cx="${atX(x)}" cy="${atY(y)}" r="3.5"/>`),
    '</g>',
  ].join('')
}

const LINE_HEIGHT = 16

/** Each at the end of its line, or as far below as the one above it needs. */
function labels(series: readonly Series[], atY: Scales['atY']): string {
  const ends = series.map(({name, points}) => ({name, value: points.at(-1)?.y ?? 0}))
  let free = 0
  return ends
    .toSorted((one, other) => other.value - one.value)
    .map(({name, value}) => {
      const at = Math.max(atY(value) + 4, free)
      free = at + LINE_HEIGHT
      return text('', AREA.right + 10, at, `${name} ${value.toFixed(1)}`)
    })
    .join('')
}

function coloured(colours: readonly string[]): string {
  return colours.map((colour, index) => `.series${index} { color: ${colour} }`).join(' ')
}

function line(name: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${name}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`
}

function text(name: string, x: number, y: number, words: string): string {
  return `<text class="${name}" x="${x}" y="${y}">${escaped(words)}</text>`
}

/** The next of 1, 2, 4, 5 or 10 times a power of ten, so that four or five steps are round numbers. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 4, 5].find(times => times * power >= value) ?? 10)
}

function steps(top: number): number[] {
  const count = String(top).startsWith('4') || String(top).startsWith('2') ? 4 : 5
  return Array.from({length: count + 1}, (_, step) => Number(((top * step) / count).toPrecision(3)))
}

function round(value: number): number {
  return Number(value.toFixed(1))
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
