import {execFileSync} from 'node:child_process'
import fs from 'node:fs'
import {chmod, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import {expect} from 'chai'

import {appendLine, createText, readText, replaceText} from '../../src/store/safe-file.ts'
import {ensureFolder, isFolder} from '../../src/store/safe-folder.ts'
import {refusal, removeTempProjects, tempProject} from './temp-project.ts'

async function tempFile(text?: string): Promise<{folder: string; file: string}> {
  const {root: folder} = await tempProject()
  const file = join(folder, 'page.md')
  if (text !== undefined) await writeFile(file, text)
  return {folder, file}
}

const mode = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8)

/** A disk, or a folder, on which every new file is refused. */
async function whileWritingGives<Result>(code: string, work: () => Promise<Result>): Promise<Result> {
  const {writeFileSync} = fs
  fs.writeFileSync = fd => {
    writeFileSync(fd, 'half of it')
    throw Object.assign(new Error(code), {code})
  }
  syncBuiltinESMExports()
  try {
    return await work()
  } finally {
    fs.writeFileSync = writeFileSync
    syncBuiltinESMExports()
  }
}

describe('reading a file', () => {
  after(removeTempProjects)

  it('answers nothing when there is none', async () => {
    expect(await readText((await tempFile()).file, {maxBytes: 10})).to.equal(undefined)
  })

  it('keeps a byte order mark and every line end', async () => {
    const {file} = await tempFile('\ufeffa\r\nb\u2028')
    expect((await readText(file, {maxBytes: 100}))?.text).to.equal('\ufeffa\r\nb\u2028')
  })

  it('refuses one that is larger than it may be', async () => {
    const {file} = await tempFile('12345')
    expect(await refusal(readText(file, {maxBytes: 4}))).to.deep.equal({
      code: 'UNSAFE_FILE',
      message: `${file} has 5 bytes; at most 4 are read.`,
      suggestions: [`ls -l ${file}`],
    })
  })

  it('refuses bytes that are not text', async () => {
    const {file} = await tempFile()
    await writeFile(file, new Uint8Array([0xff]))
    expect((await refusal(readText(file, {maxBytes: 10}))).message).to.equal(`${file} is not UTF-8 text.`)
  })

  it('does not wait for a writer of a named pipe (A-059)', async () => {
    const {file} = await tempFile()
    execFileSync('mkfifo', [file])
    expect((await refusal(readText(file, {maxBytes: 10}))).message).to.equal(
      `${file} is a named pipe, not a plain file.`,
    )
  })

  it('follows a link only for files people keep behind links', async () => {
    const {folder, file} = await tempFile('text')
    await symlink(file, join(folder, 'link'))
    expect((await refusal(readText(join(folder, 'link'), {maxBytes: 10}))).message).to.equal(
      `${folder}/link is a symbolic link, and links are not followed here.`,
    )
    expect((await readText(join(folder, 'link'), {maxBytes: 10, follow: true}))?.text).to.equal('text')
  })
})

describe('writing a file', () => {
  after(removeTempProjects)

  it('makes one whole, and never over another', async () => {
    const {folder, file} = await tempFile()
    expect(await createText(file, 'first', 0o640)).to.equal(true)
    expect(await createText(file, 'second', 0o640)).to.equal(false)
    expect(await readFile(file, 'utf8')).to.equal('first')
    expect(await mode(file)).to.equal('640')
    expect(await readdir(folder)).to.have.members(['.git', 'page.md'])
  })

  it('makes one, and brings it to the disk, where no file can have two names', async () => {
    const {folder, file} = await tempFile()
    const {linkSync, fsyncSync} = fs
    const flushed: string[] = []
    fs.linkSync = () => {
      throw Object.assign(new Error('EPERM'), {code: 'EPERM'})
    }
    fs.fsyncSync = fd => {
      flushed.push(fs.readlinkSync(`/proc/self/fd/${fd}`))
      fsyncSync(fd)
    }
    syncBuiltinESMExports()
    try {
      expect(await createText(file, 'first', 0o640)).to.equal(true)
      expect(await createText(file, 'second', 0o640)).to.equal(false)
    } finally {
      Object.assign(fs, {linkSync, fsyncSync})
      syncBuiltinESMExports()
    }
    expect(await readFile(file, 'utf8')).to.equal('first')
    expect(await mode(file)).to.equal('640')
    expect(await readdir(folder)).to.have.members(['.git', 'page.md'])
    expect(flushed.slice(-2)).to.deep.equal([file, folder])
  })

  it('says that there is one on a full disk too', async () => {
    const {file} = await tempFile('first')
    expect(await whileWritingGives('ENOSPC', () => createText(file, 'second', 0o640))).to.equal(false)
  })

  it('writes each under a name that no other writer has', async () => {
    const {file} = await tempFile()
    const {openSync} = fs
    const names = new Set<unknown>()
    fs.openSync = (path, flags, ...rest) => {
      if (flags === 'wx') names.add(path)
      return openSync(path, flags, ...rest)
    }
    syncBuiltinESMExports()
    try {
      for (let number = 1; number <= 50; number += 1) await replaceText(file, `${number}`, {mode: 0o600})
    } finally {
      fs.openSync = openSync
      syncBuiltinESMExports()
    }
    expect(names.size).to.equal(50)
  })

  it('lets exactly one of many make it', async () => {
    const {file} = await tempFile()
    const made = await Promise.all(Array.from({length: 20}, (_, number) => createText(file, `${number}`, 0o600)))
    expect(made.filter(first => first)).to.have.length(1)
    expect(await readFile(file, 'utf8')).to.equal(String(made.indexOf(true)))
  })

  it('replaces the version that was read and no other', async () => {
    const {file} = await tempFile('read')
    const read = await readText(file, {maxBytes: 10})
    await writeFile(file, 'saved meanwhile')
    expect(await replaceText(file, 'mine', {mode: 0o600, expected: read?.stamp ?? null})).to.equal(undefined)
    expect(await replaceText(file, 'mine', {mode: 0o600, expected: null})).to.equal(undefined)
    expect(await readFile(file, 'utf8')).to.equal('saved meanwhile')
  })

  it('keeps the permissions of the file it replaces, whatever the umask', async () => {
    const {file} = await tempFile('old')
    await chmod(file, 0o660)
    const umask = process.umask(0o077)
    try {
      await replaceText(file, 'new', {mode: 0o600})
    } finally {
      process.umask(umask)
    }
    expect([await mode(file), await readFile(file, 'utf8')]).to.deep.equal(['660', 'new'])
  })

  it('does not write through a link that stands in its place (A-058)', async () => {
    const {folder, file} = await tempFile('target')
    await symlink(file, join(folder, 'link'))
    expect((await refusal(replaceText(join(folder, 'link'), 'x', {mode: 0o600}))).code).to.equal('UNSAFE_FILE')
    expect(await createText(join(folder, 'link'), 'x', 0o600)).to.equal(false)
    expect(await readFile(file, 'utf8')).to.equal('target')
  })

  for (const [what, code, sentence] of [
    ['a full disk (F-093, F-094)', 'ENOSPC', 'There is no space left in FOLDER.'],
    ['a used-up quota (F-094)', 'EDQUOT', 'There is no space left in FOLDER.'],
    ['a disk with errors', 'EIO', 'The disk reports an error at FOLDER/page.md.'],
    ['a read-only disk (F-096)', 'EROFS', 'FOLDER is on a read-only file system.'],
  ] as const) {
    it(`leaves the old text whole and no litter on ${what}`, async () => {
      const {folder, file} = await tempFile('old')
      const refused = await whileWritingGives(code, () => refusal(replaceText(file, 'new', {mode: 0o600})))
      expect(refused).to.deep.equal({
        code: 'UNSAFE_FILE',
        message: sentence.replace('FOLDER', folder),
        suggestions: [`df -h ${folder}`],
      })
      expect(await readFile(file, 'utf8')).to.equal('old')
      expect(await readdir(folder)).to.have.members(['.git', 'page.md'])
    })
  }

  it('leaves no litter when the new file cannot take its place', async () => {
    const {folder, file} = await tempFile('old')
    const {renameSync} = fs
    fs.renameSync = () => {
      throw Object.assign(new Error('EROFS'), {code: 'EROFS'})
    }
    syncBuiltinESMExports()
    try {
      expect((await refusal(replaceText(file, 'new', {mode: 0o600}))).code).to.equal('UNSAFE_FILE')
    } finally {
      fs.renameSync = renameSync
      syncBuiltinESMExports()
    }
    expect(await readdir(folder)).to.have.members(['.git', 'page.md'])
  })

  it('lets a fault through that nobody can act on', async () => {
    const {file} = await tempFile('old')
    const thrown = await whileWritingGives('EBADF', () =>
      replaceText(file, 'new', {mode: 0o600}).catch((error: unknown) => error),
    )
    expect(thrown).to.include({code: 'EBADF', message: 'EBADF'})
  })
})

describe('adding a line', () => {
  after(removeTempProjects)

  it('makes the file, readable by its user alone', async () => {
    const {file} = await tempFile()
    await appendLine(file, 'one')
    await appendLine(file, 'two')
    expect(await readFile(file, 'utf8')).to.equal('one\ntwo\n')
    expect(await mode(file)).to.equal('600')
  })

  it('ends a torn line first, so that only that one is lost', async () => {
    const {file} = await tempFile('{"whole":1}\n{"to')
    await appendLine(file, '{"next":1}')
    expect(await readFile(file, 'utf8')).to.equal('{"whole":1}\n{"to\n{"next":1}\n')
  })

  it('does not write through a link (A-057) or into a pipe', async () => {
    const {folder, file} = await tempFile('keys\n')
    await symlink(file, join(folder, 'link'))
    expect((await refusal(appendLine(join(folder, 'link'), 'x'))).code).to.equal('UNSAFE_FILE')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    expect((await refusal(appendLine(join(folder, 'pipe'), 'x'))).code).to.equal('UNSAFE_FILE')
    expect(await readFile(file, 'utf8')).to.equal('keys\n')
  })
})

describe('a folder of ours', () => {
  after(removeTempProjects)

  it('is made with its mode, whatever the umask (A-096)', async () => {
    const {root} = await tempProject()
    const umask = process.umask(0o077)
    try {
      await ensureFolder(join(root, 'a/b'), 0o755, {below: root})
    } finally {
      process.umask(umask)
    }
    expect([await mode(join(root, 'a')), await mode(join(root, 'a/b'))]).to.deep.equal(['755', '755'])
  })

  it('keeps the mode it has', async () => {
    const {root} = await tempProject()
    await mkdir(join(root, 'a'))
    await chmod(join(root, 'a'), 0o750)
    await ensureFolder(join(root, 'a/b'), 0o700, {below: root})
    expect(await mode(join(root, 'a'))).to.equal('750')
  })

  it('can be made by many at once', async () => {
    const {root} = await tempProject()
    await Promise.all(Array.from({length: 20}, () => ensureFolder(join(root, 'a/b/c'), 0o700, {below: root})))
    expect(await isFolder(join(root, 'a/b/c'), {below: root})).to.equal(true)
  })

  it('is refused where a link or a file stands in its way (A-056)', async () => {
    const {root} = await tempProject()
    await mkdir(join(root, 'elsewhere'))
    await symlink(join(root, 'elsewhere'), join(root, 'link'))
    await symlink(join(root, 'nowhere'), join(root, 'dangling'))
    await writeFile(join(root, 'file'), '')
    const sentences = await Promise.all(
      ['link/a', 'dangling/a', 'file/a', 'file'].map(async name => {
        const {code, message} = await refusal(ensureFolder(join(root, name), 0o700, {below: root}))
        return [code, message.replace(root, '')]
      }),
    )
    expect(sentences).to.deep.equal([
      ['UNSAFE_FILE', '/link is a symbolic link, not a real folder.'],
      ['UNSAFE_FILE', '/dangling is a symbolic link, not a real folder.'],
      ['UNSAFE_FILE', '/file is a file, not a real folder.'],
      ['UNSAFE_FILE', '/file is a file, not a real folder.'],
    ])
    expect(await readdir(join(root, 'elsewhere'))).to.deep.equal([])
  })
})
