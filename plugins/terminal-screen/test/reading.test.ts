import assert from 'node:assert/strict'

import {plainText} from '../src/reading.ts'

describe('what screen writes of a terminal', () => {
  const rows: [title: string, written: Buffer, text: string][] = [
    ['lines, without what is empty at their ends', Buffer.from('one  \n\n two \n\n\n'), 'one\n\n two'],
    ['Latin-1 of screen 4', Buffer.from([0x74, 0x68, 0x72, 0xe9, 0x65, 0x0a]), 'thrée'],
    ['no second half of a wide character', Buffer.from([0x61, 0xe9, 0x22, 0xff, 0x57, 0xff, 0x62]), 'aé"Wb'],
    ['UTF-8 of screen 5', Buffer.from('漢字 thrée 🚧\n'), '漢字 thrée 🚧'],
    ['a space for each control character', Buffer.from([0x61, 0x00, 0x1b, 0x62, 0x9b, 0x63]), 'a  b c'],
    ['nothing', Buffer.from(''), ''],
  ]
  for (const [title, written, text] of rows) it(`is read as ${title}`, () => assert.equal(plainText(written), text))
})
