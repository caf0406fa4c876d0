import {expect} from 'chai'
import fc from 'fast-check'

import {
  cutForJson,
  jsonBytes,
  printable,
  printableJson,
  printableLines,
  requireItems,
  requirePath,
  requireText,
  shortened,
} from '../../src/domain/text.ts'
import {character, expectRefusal} from './examples.ts'

/** Any text, and often text that hides something. */
const anyText = fc.oneof(
  fc.string({unit: 'binary'}),
  fc.string({
    unit: fc.constantFrom(
      ...[0x7f, 0x85, 0x9b, 0x202e, 0x2028, 0x200b, 0xe0041].map(code => character(code)),
      '\n',
      '\t',
      '\r',
      ' ',
      'a',
    ),
  }),
)

const BELL = character(0x07)
const ESC = character(0x1b)

const JOINER = character(0x200d)
const PROGRAMMER = `👨${JOINER}💻`
const FAMILY = `👨${JOINER}👩${JOINER}👧`

interface Case {
  what: string
  text: string
  shown: string
}

const HIDDEN: Case[] = [
  {what: 'a colour', text: `${ESC}[31mred`, shown: '\\u{1b}[31mred'},
  {what: 'a cleared screen', text: `${ESC}[2J`, shown: '\\u{1b}[2J'},
  {what: 'a new window title', text: `${ESC}]0;x${BELL}`, shown: '\\u{1b}]0;x\\u{7}'},
  {what: 'a link (OSC 8)', text: `${ESC}]8;;http://x${ESC}\\y`, shown: '\\u{1b}]8;;http://x\\u{1b}\\y'},
  {what: 'an 8-bit control sequence', text: `${character(0x9b)}31m`, shown: '\\u{9b}31m'},
  {
    what: 'an 8-bit operating system command',
    text: `${character(0x9d)}0;x${character(0x9c)}`,
    shown: '\\u{9d}0;x\\u{9c}',
  },
  {what: 'a carriage return that overwrites the line', text: 'bad\rgood', shown: 'bad\\u{d}good'},
  {what: 'a backspace', text: 'ab\bc', shown: 'ab\\u{8}c'},
  {what: 'NUL and DEL', text: `${character(0)}${character(0x7f)}`, shown: '\\u{0}\\u{7f}'},
  {what: 'a next-line control (NEL)', text: `a${character(0x85)}b`, shown: 'a\\u{85}b'},
  {what: 'line and paragraph separators', text: `a${character(0x2028, 0x2029)}b`, shown: 'a\\u{2028}\\u{2029}b'},
  {
    what: 'text turned around',
    text: `${character(0x202e)}txt.exe${character(0x202c)}`,
    shown: '\\u{202e}txt.exe\\u{202c}',
  },
  {
    what: 'isolated text turned around',
    text: `${character(0x2067)}x${character(0x2069)}`,
    shown: '\\u{2067}x\\u{2069}',
  },
  {what: 'the marks of writing direction', text: character(0x200e, 0x200f, 0x61c), shown: '\\u{200e}\\u{200f}\\u{61c}'},
  {
    what: 'zero width characters',
    text: `a${character(0x200b, 0x200c, 0x200d, 0x2060, 0xfeff)}b`,
    shown: 'a\\u{200b}\\u{200c}\\u{200d}\\u{2060}\\u{feff}b',
  },
  {what: 'a joiner between emoji that form none together', text: `🚀${JOINER}🚀`, shown: '🚀\\u{200d}🚀'},
  {what: 'joiners around an emoji', text: `${JOINER}👨${JOINER}`, shown: '\\u{200d}👨\\u{200d}'},
  {what: 'two joiners in one emoji', text: `👨${JOINER}${JOINER}💻`, shown: '👨\\u{200d}\\u{200d}💻'},
  {
    what: 'invisible operators and format characters',
    text: character(0x2062, 0x2065, 0x206a, 0x206f),
    shown: '\\u{2062}\\u{2065}\\u{206a}\\u{206f}',
  },
  {
    what: 'soft hyphens, joiners and fillers',
    text: character(0xad, 0x34f, 0x115f, 0x180e, 0x3164, 0xffa0),
    shown: '\\u{ad}\\u{34f}\\u{115f}\\u{180e}\\u{3164}\\u{ffa0}',
  },
  {what: 'annotations', text: character(0xfff9, 0xfffb), shown: '\\u{fff9}\\u{fffb}'},
  {
    what: 'text written in tag characters',
    text: character(0xe0001, 0xe0041, 0xe007f),
    shown: '\\u{e0001}\\u{e0041}\\u{e007f}',
  },
  {
    what: 'text written in variation selectors',
    text: `a${character(0xe0100, 0xe01ef)}`,
    shown: 'a\\u{e0100}\\u{e01ef}',
  },
  {what: 'half of a pair', text: `a\ud800b\udfff`, shown: `a${character(0xfffd)}b${character(0xfffd)}`},
]

const SHOWN_AS_THEY_ARE = [
  'plain text',
  'quotes \' " `',
  '$(touch x) #(x) #{x} ;|&',
  '日本語 Ελληνικά עברית',
  '👍🏽 ⚠️',
  `${FAMILY} ${PROGRAMMER}${PROGRAMMER}`,
  'é é',
  '\\u{1b}',
  ' ',
]

describe('text on a terminal', () => {
  for (const {what, text, shown} of HIDDEN) {
    it(`shows ${what} written out, on one line and on several (A-079)`, () => {
      expect(printable(text)).to.equal(shown)
      expect(printableLines(text)).to.equal(shown)
    })
  }

  for (const text of SHOWN_AS_THEY_ARE) {
    it(`shows ${JSON.stringify(text)} as it is`, () => {
      expect(printable(text)).to.equal(text)
      expect(printableLines(text)).to.equal(text)
    })
  }

  it('keeps one line one line', () => {
    expect(printable('a\nb\tc')).to.equal('a\\u{a}b\\u{9}c')
  })

  it('keeps line feeds and tabs of several lines, and no carriage return', () => {
    expect(printableLines('a\n\tb\r\nc')).to.equal('a\n\tb\\u{d}\nc')
  })

  it('never lets a control character or a half pair through, whatever the text (A-079)', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        expect(printable(text)).to.match(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]*$/u)
        expect(printableLines(text)).to.match(/^[^\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]*$/u)
      }),
    )
  })
})

const title = {field: 'title', max: 10}
const note = {field: '--note', max: 10, lines: true}
const ONE_LINE = 'title must be one line without control characters.'
const NOT_TEXT = (field: string) => `${field} holds a character that is not text (NUL or half of a pair).`

describe('text that a command accepts', () => {
  for (const text of ['x', '--force', ' x ', '0123456789', '日本語', '👍', '<b>&amp;', '$(x)']) {
    it(`keeps ${JSON.stringify(text)} to the letter`, () => {
      expect(requireText(text, title)).to.equal(text)
      expect(requireText(text, note)).to.equal(text)
    })
  }

  const REFUSED: [text: string, sentence: string][] = [
    ['', 'title is empty.'],
    [' \t\n', 'title is empty.'],
    ['01234567890', 'title has 11 characters; at most 10 are kept.'],
    [`a${character(0)}b`, NOT_TEXT('title')],
    ['a\ud800', NOT_TEXT('title')],
    ['\udc00a', NOT_TEXT('title')],
    ['a\nb', ONE_LINE],
    ['a\r', ONE_LINE],
    ['a\tb', ONE_LINE],
    [`${ESC}[2J`, ONE_LINE],
    [`a${character(0x7f)}`, ONE_LINE],
    [`a${character(0x85)}b`, ONE_LINE],
    [`a${character(0x9b)}b`, ONE_LINE],
    [`a${character(0x2028)}b`, ONE_LINE],
    [`a${character(0x2029)}b`, ONE_LINE],
  ]
  for (const [text, sentence] of REFUSED) {
    it(`refuses ${JSON.stringify(text)} for one line`, () =>
      expectRefusal(() => requireText(text, title), 'INVALID_ARGUMENT', sentence))
  }

  it('accepts several lines where they are wanted', () => {
    expect(requireText('a\n\tb\r\nc', note)).to.equal('a\n\tb\r\nc')
  })

  it('refuses NUL and half pairs in several lines too', () => {
    expectRefusal(() => requireText(`a\n${character(0)}`, note), 'INVALID_ARGUMENT', NOT_TEXT('--note'))
    expectRefusal(() => requireText('a\n\ud800', note), 'INVALID_ARGUMENT', NOT_TEXT('--note'))
  })
})

describe('a path that a command accepts', () => {
  for (const text of ['.', '/', '-x', ' a', 'a\nb', '日本', 'x'.repeat(4096)]) {
    it(`may be ${JSON.stringify(text.slice(0, 20))}`, () => expect(requirePath(text)).to.equal(text))
  }

  const REFUSED: [text: string, sentence: string][] = [
    ['', 'An empty path names nothing.'],
    [' \t', 'An empty path names nothing.'],
    ['/a\0', 'A path holds no NUL.'],
    ['x'.repeat(4097), 'A path has at most 4096 bytes; this one has 4097.'],
    ['日'.repeat(1366), 'A path has at most 4096 bytes; this one has 4098.'],
  ]
  for (const [text, sentence] of REFUSED) {
    it(`is not ${JSON.stringify(text.slice(0, 20))}`, () =>
      expectRefusal(() => requirePath(text), 'INVALID_ARGUMENT', sentence))
  }
})

describe('a text without its middle', () => {
  it('is the text where it is short enough', () => expect(shortened('0123456789', 10)).to.equal('0123456789'))

  it('keeps beginning and end', () => {
    expect(shortened('0123456789', 9)).to.equal('0123…6789')
    expect(shortened('x'.repeat(2 ** 20), 7)).to.equal('xxx…xxx')
  })

  it('has no half of a pair', () => {
    expect(shortened('👍'.repeat(10), 8)).to.equal('👍\ufffd…\ufffd👍')
  })
})

describe('JSON on a terminal', () => {
  const spelt: [what: string, text: string, json: string][] = [
    ['an 8-bit control sequence', `${character(0x9b)}31m`, '"\\u009b31m"'],
    ['DEL', character(0x7f), '"\\u007f"'],
    ['text turned around', `${character(0x202e)}x`, '"\\u202ex"'],
    ['tag characters, as a pair each', character(0xe0041), '"\\udb40\\udc41"'],
    ['half of a pair', '\ud800', '"\\ud800"'],
    ['what JSON itself escapes', `\n\t"${ESC}`, '"\\n\\t\\"\\u001b"'],
    ['what hides nothing', '日本語 👍🏽 ⚠️', '"日本語 👍🏽 ⚠️"'],
    ['a joiner, also in an emoji', PROGRAMMER, '"👨\\u200d💻"'],
  ]
  for (const [what, text, json] of spelt) {
    it(`spells ${what} (A-079)`, () => expect(printableJson(text)).to.equal(json))
  }

  it('parses to the same value, and has nothing that hides, whatever is in it (A-079)', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), value => {
        const text = printableJson(value)
        expect(JSON.parse(text)).to.deep.equal(value)
        expect(printableLines(text)).to.equal(text)
      }),
    )
  })
})

describe('text cut for an answer of bounded size', () => {
  const cut: [text: string, bytes: number, kept: string][] = [
    ['short', 100, 'short'],
    ['12345678', 10, '12345678'],
    ['123456789', 10, '12345…'],
    ['日本語日本語', 12, '日本…'],
    [ESC.repeat(9), 20, `${ESC.repeat(2)}…`],
    ['👍🏽👍🏽👍🏽', 15, '👍🏽…'],
    ['👍🏽👍🏽', 10, '…'],
    ['"""""""""', 12, '"""…'],
  ]
  for (const [text, bytes, kept] of cut) {
    it(`is ${JSON.stringify(kept)} of ${JSON.stringify(text)} in ${bytes} bytes`, () =>
      expect(cutForJson(text, bytes)).to.equal(kept))
  }

  it('never takes more than it may', () => {
    fc.assert(
      fc.property(anyText, fc.integer({min: 5, max: 60}), (text, bytes) => {
        expect(jsonBytes(cutForJson(text, bytes))).to.be.at.most(bytes)
      }),
    )
  })
})

describe('a list of texts that a command accepts', () => {
  const rule = {field: 'acceptance', max: 10, maxItems: 2}

  it('is kept in its order', () => {
    expect(requireItems(['b', 'a'], rule)).to.deep.equal(['b', 'a'])
    expect(requireItems([], rule)).to.deep.equal([])
  })

  it('is refused when it is too long', () =>
    expectRefusal(
      () => requireItems(['a', 'b', 'c'], rule),
      'INVALID_ARGUMENT',
      'acceptance has 3 entries; at most 2 are kept.',
    ))

  it('is refused for one entry that is', () =>
    expectRefusal(() => requireItems(['a', ' '], rule), 'INVALID_ARGUMENT', 'acceptance is empty.'))
})
