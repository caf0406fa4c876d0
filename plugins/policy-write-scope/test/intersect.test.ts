import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import {intersect} from '../src/intersect.ts'

describe('two scopes', () => {
  const cases: [one: string, other: string, meet: boolean][] = [
    ['src/a.ts', 'src/a.ts', true],
    ['src/a.ts', 'src/b.ts', false],
    ['src', 'src/a.ts', true],
    ['src/', './src/deep/a.ts', true],
    ['src', 'srcs/a.ts', false],
    ['src/*', 'src/deep/a.ts', true],
    ['src/*.ts', 'src/*.js', false],
    ['src/*.ts', 'src/a*', true],
    ['src/*.ts', 'src/deep/a.ts', false],
    ['src/**', 'src', true],
    ['src/**/a.ts', 'src/a.ts', true],
    ['src/**/a.ts', 'src/x/y/a.ts', true],
    ['src/**/a.ts', 'src/b.ts', false],
    ['src/**/a.ts', 'src/deep', true],
    ['src.old', 'src.old/a.ts', true],
    ['**/*.md', 'docs', true],
    ['**/*.md', 'docs/a.ts', false],
    ['*', 'docs/a.ts', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a*d', 'a*e', false],
    ['*x', 'y*', true],
    ['src/{a,b}.ts', 'src/b.ts', true],
    ['src/{a,b}.ts', 'src/c.ts', false],
    ['{src,{docs,bin}/x}', 'bin/x/y', true],
    ['{src,{docs,bin}/x}', 'bin/y', false],
    ['page{1..3}', 'page2', true],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
    ['app/[id]/page.tsx', 'app/x/page.tsx', true],
    ['app/[id]/page.tsx', 'app/x/route.ts', false],
    ['app/(shop)/page.tsx', 'app/(blog)/page.tsx', false],
    ['README.md', 'readme.MD', true],
    ['', 'anything', true],
    ['.', 'anything', true],
    ['!src/a.ts', 'src/b.ts', true],
    ['src/+(a|b).ts', 'src/a.ts', true],
    ['a\\*b', 'a*b', true],
    ['a{b', 'a{b', true],
    ['日本/👍🏽', '日本/*', true],
  ]
  for (const [one, other, meet] of cases) {
    it(`${JSON.stringify(one)} and ${JSON.stringify(other)} ${meet ? 'may meet' : 'never meet'}`, () => {
      expect([intersect(one, other), intersect(other, one)]).to.deep.equal([meet, meet])
    })
  }

  it('are said to meet wherever some path fits both', () => {
    const part = fc.string({unit: fc.constantFrom('a', 'b', '*', '?', '{a,b}', '.'), minLength: 1, maxLength: 4})
    const scope = fc
      .array(fc.oneof(part, fc.constant('**')), {minLength: 1, maxLength: 4})
      .map(parts => parts.join('/'))
    const file = fc
      .array(fc.string({unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 3}), {
        minLength: 1,
        maxLength: 4,
      })
      .map(parts => parts.join('/'))
    let met = 0
    const property = fc.property(scope, scope, fc.array(file, {minLength: 40, maxLength: 40}), (one, other, files) => {
      if (!files.some(file => path.matchesGlob(file, one) && path.matchesGlob(file, other))) return
      met += 1
      expect(intersect(one, other), `${one} and ${other}`).to.equal(true)
    })
    fc.assert(property, {numRuns: 2000, seed: 20_261_125})
    expect(met).to.be.above(100)
  })

  it('are compared in bounded time, however many stars they have', () => {
    const stars = '*a'.repeat(256)
    expect(intersect(`${stars}b`, `${stars}c`)).to.equal(true)
    expect(intersect('{a,b}'.repeat(100), 'c')).to.equal(true)
  })
})
