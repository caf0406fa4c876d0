import {expect} from 'chai'

import {type PressureFiles, pressureOf} from '../../src/domain/pressure.ts'

const BUSY =
  'some avg10=26.79 avg60=52.56 avg300=74.65 total=11079349807\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'
const THRASHING =
  'some avg10=61.20 avg60=40.01 avg300=12.33 total=95130\nfull avg10=48.07 avg60=31.00 avg300=9.50 total=80001\n'
const NOTHING: PressureFiles = {cpu: undefined, memory: undefined, io: undefined}

describe('the pressure on the machine', () => {
  const table: [what: string, files: Partial<PressureFiles>, pressure: object | undefined][] = [
    [
      'is told for processors, memory and disks',
      {cpu: BUSY, memory: THRASHING, io: THRASHING},
      {
        cpu: {someAverage10: 26.79, fullAverage10: 0},
        memory: {someAverage10: 61.2, fullAverage10: 48.07},
        io: {someAverage10: 61.2, fullAverage10: 48.07},
      },
    ],
    [
      'has no word for all work that waits for processors before Linux 5.13',
      {cpu: 'some avg10=100.00 avg60=52.56 avg300=74.65 total=11079349807\n'},
      {cpu: {someAverage10: 100}},
    ],
    [
      'is told as far as its files are there',
      {memory: THRASHING},
      {memory: {someAverage10: 61.2, fullAverage10: 48.07}},
    ],
    ['is not told where there is no file', {}, undefined],
    ['is not told by an empty file', {cpu: '', memory: '', io: ''}, undefined],
    ['is not told by words', {cpu: 'some avg10=much\n'}, undefined],
    ['is not told by a number that is cut short', {cpu: 'some avg10='}, undefined],
    ['is not told by a number that cannot be', {cpu: 'some avg10=100.01 avg60=0.00 avg300=0.00 total=1\n'}, undefined],
    ['is not told by a number below 0', {cpu: 'some avg10=-1.00 avg60=0.00 avg300=0.00 total=1\n'}, undefined],
    ['is not told by another average', {cpu: 'some avg100=5.00 avg60=0.00\n'}, undefined],
  ]
  for (const [what, files, pressure] of table) {
    it(what, () => expect(pressureOf({...NOTHING, ...files})).to.deep.equal(pressure))
  }
})
