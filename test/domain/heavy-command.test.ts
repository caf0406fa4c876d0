import {expect} from 'chai'
import fc from 'fast-check'

import {heavyCommands, refusal} from '../../src/domain/heavy-command.ts'

const HEAVY = ['npm test', 'cargo build', 'make', './gradlew build', 'npx jest']

const CLI = '/srv/shop/.codex/state/bin/codex-planner'

describe('a bare heavy command', () => {
  const found: [what: string, line: string, entries: string[]][] = [
    ['as it is', 'npm test', ['npm test']],
    ['with arguments', 'npm test -- --grep "a b"', ['npm test']],
    ['with more blanks', '  npm   test', ['npm test']],
    ['on two lines', 'npm \\\n  test', ['npm test']],
    ['with quotes', `'npm' "test"`, ['npm test']],
    ['by its absolute path', '/usr/bin/make -j8', ['make']],
    ['by its relative path', './node_modules/.bin/npx jest', ['npx jest']],
    ['with the folder its entry has', './gradlew build', ['./gradlew build']],
    ['after variables', 'CI=1 OUT="a b" WHERE=$HOME npm test', ['npm test']],
    ['after a change of folder', 'cd web && npm test', ['npm test']],
    ['in a folder that a command tells', 'cd "$(git rev-parse --show-toplevel)" && make', ['make']],
    ['in a folder that a variable tells', 'cd "${HOME}/x" && make', ['make']],
    ['after another', 'echo begin; make', ['make']],
    ['on another line', 'set -e\nmake\n', ['make']],
    ['in the background', 'sleep 1 & make &', ['make']],
    ['before a pipe', 'npm test 2>&1 | tail -n 20', ['npm test']],
    ['after a pipe', 'yes | make', ['make']],
    ['with its output in a file', 'npm test >out.txt 2>err.txt', ['npm test']],
    ['after what is redirected', '>out.txt npm test', ['npm test']],
    ['in brackets', '(cd web; npm test)', ['npm test']],
    ['in braces', '{ make; }', ['make']],
    ['as a condition', 'if ! make; then echo no; fi', ['make']],
    ['in a loop', 'for n in 1 2; do make; done', ['make']],
    ['with its time', 'time make', ['make']],
    ['with its time by a program', '/usr/bin/time -v make', ['make']],
    ['in the place of the shell', 'exec make', ['make']],
    ['with an environment', 'env -i CI=1 npm test', ['npm test']],
    ['with a limit', 'timeout -k 5 10m npm test', ['npm test']],
    ['with less priority', 'nice -n 10 make', ['make']],
    ['in a shell', `sh -c 'cd web && npm test'`, ['npm test']],
    ['in a login shell', `bash -lc "npm test"`, ['npm test']],
    ['in a shell with options', `bash -e -o pipefail -c 'make'`, []],
    ['in a shell in a shell', `nice bash -c "sh -c 'make'"`, ['make']],
    ['after a here-document', 'cat <<EOF >x\nhello\nEOF\nmake', ['make']],
    ['beside a here-document', 'cat <<EOF && make\nhello\nEOF', ['make']],
    ['after a condition', '[[ -f x && $y == make ]] && make', ['make']],
    ['two of them', 'npm test && cargo build', ['npm test', 'cargo build']],
    ['after a comment', '# first\nmake', ['make']],
  ]
  for (const [what, line, entries] of found) {
    it(`is ${entries.length > 0 ? 'seen' : 'not seen'} ${what}: ${JSON.stringify(line)}`, () => {
      expect(heavyCommands(line, HEAVY).map(({entry}) => entry)).to.deep.equal(entries)
    })
  }

  const passing: [what: string, line: string][] = [
    ['another command of the same program', 'npm run lint'],
    ['fewer words', 'npm'],
    ['a longer word', 'makefile; remake; make-it'],
    ['options in between, which nobody can know', 'npm --silent test'],
    ['another folder than the entry names', '/opt/gradlew build'],
    ['an argument', 'echo npm test; grep make Makefile'],
    ['text in quotes', `echo 'npm test && make'`],
    ['a question where a program is', 'command -v make; which make; type make'],
    ['a comment', '# npm test\nls # make'],
    ['a here-document', `cat > notes.md <<'EOF'\nnpm test\nmake\nEOF`],
    ['a here-document with tabs', 'cat <<-EOF\n\tmake\n\tEOF'],
    ['two here-documents', 'cat <<A <<B\nmake\nA\nmake\nB'],
    ['a here-document that does not end', 'cat <<EOF\nmake'],
    ['a patch', `apply_patch <<'EOF'\n*** Begin Patch\n+make\nEOF`],
    ['a name of a file', 'ls >make; cat <make'],
    ['a value', 'X=make; Y="npm test"'],
    ['a pattern', 'case $1 in make) echo yes;; esac'],
    ['a function', 'make() { echo mine; }'],
    ['a list', 'a=(make all)'],
    ['a condition', '[[ $x || make == $x ]]'],
    ['a condition that does not end', '[[ x && make'],
    ['a sum', '((make))'],
    ['what a variable holds', '$MAKE all; "$CMD" test'],
    ['what a command tells', '$(echo make) all; `echo make`'],
    ['a command inside a word', 'echo "$(make)"'],
    ['quotes that do not end', `echo 'it; make`],
    ['our own line', `${CLI} run --purpose 'unit tests' -- npm test`],
    ['our own line after a change of folder', `cd web && ${CLI} run --purpose build -- make | tail`],
    ['our own line with a shell in it', `"$CODEX_ORCHESTRATOR_CLI" run --purpose x -- sh -c 'npm test && make'`],
    ['nothing', ''],
  ]
  for (const [what, line] of passing) {
    it(`is not ${what}: ${JSON.stringify(line)}`, () => {
      expect(heavyCommands(line, HEAVY)).to.deep.equal([])
    })
  }

  it('lies in the line, one behind the other, whatever the line is', () => {
    const pieces = fc.constantFrom(
      ...'make|npm|test|sh -c| |  |\n|;|&&|(|)|<<|EOF|>|$|{|}|`|[[|]]|#|=|case'.split('|'),
      '|',
      "'",
      '"',
      '\\',
    )
    fc.assert(
      fc.property(fc.array(pieces, {maxLength: 30}), parts => {
        const line = parts.join('')
        const places = heavyCommands(line, HEAVY).map(({at}) => at)
        expect(places).to.deep.equal([...new Set(places)].toSorted((one, other) => one - other))
        for (const at of places) expect(line.slice(at)).to.match(/^[^ \n;&|()<>]/)
      }),
    )
  })

  it('is nothing while no command is named', () => {
    expect(heavyCommands('npm test', [])).to.deep.equal([])
  })

  it('ends the search at a shell in a shell in a shell in a shell', () => {
    const inShell = (line: string) => `sh -c '${line.replaceAll("'", "'\\''")}'`
    const three = inShell(inShell(inShell('make')))
    expect(heavyCommands(three, HEAVY)).to.have.length(1)
    expect(heavyCommands(inShell(three), HEAVY)).to.deep.equal([])
  })
})

describe('the refusal of a heavy command', () => {
  const lineFor = (line: string) => refusal(line, HEAVY, CLI)?.split('\n')[1]

  it('says what is true and gives the line to use, which is not at its end', () => {
    expect(refusal('npm test', HEAVY, CLI)).to.equal(
      "This is a heavy command, which waits on this host until it is its turn. Use this line instead:\n/srv/shop/.codex/state/bin/codex-planner run --purpose 'npm test' -- npm test\nHeavy on this host: npm test",
    )
  })

  const lines: [line: string, instead: string][] = [
    ['cd web && CI=1 npm test | tail -n 5', `cd web && CI=1 CLI run --purpose 'npm test' -- npm test | tail -n 5`],
    ['make && npm test', `CLI run --purpose 'make' -- make && CLI run --purpose 'npm test' -- npm test`],
    [`time bash -lc 'npm test'`, `time CLI run --purpose 'npm test' -- bash -lc 'npm test'`],
    ['timeout 60 make', `CLI run --purpose 'make' -- timeout 60 make`],
  ]
  for (const [line, instead] of lines) {
    it(`keeps the rest of the line: ${line}`, () => {
      expect(lineFor(line)?.replaceAll(CLI, 'CLI')).to.equal(instead)
    })
  }

  it('gives a line that passes', () => {
    for (const [line] of lines) expect(refusal(lineFor(line) ?? '', HEAVY, CLI)).to.equal(null)
  })

  it('quotes a path with blanks', () => {
    expect(refusal('make', HEAVY, '/srv/my shop/codex-planner')).to.include(
      `\n'/srv/my shop/codex-planner' run --purpose 'make' -- make\n`,
    )
  })

  it('does not repeat a very long line', () => {
    const text = refusal(`make ${'x'.repeat(5000)}`, HEAVY, CLI)
    expect(text).to.equal(
      "This is a heavy command, which waits on this host until it is its turn. Put this in front of make:\n/srv/shop/.codex/state/bin/codex-planner run --purpose 'make' --\nHeavy on this host: make",
    )
  })

  it('is none for a line without one', () => {
    expect(refusal('ls', HEAVY, CLI)).to.equal(null)
  })
})
