import type {Git} from './git.ts'

/** Whether two snapshots hold the same: files, HEAD, what was staged, and what was left out. */
export async function holdSame(git: Git, folder: string, one: string, other: string): Promise<boolean> {
  return (await contentOf(git, folder, one)) === (await contentOf(git, folder, other))
}

async function contentOf(git: Git, folder: string, commit: string): Promise<string> {
  const show = ['log', '--no-walk=unsorted', '--encoding=UTF-8']
  const [tree = '', parents = '', body = ''] = (
    await git.run(folder, [...show, '--format=%T%x00%P%x00%b', commit])
  ).split('\0')
  // What was staged hangs on a commit of its own, which is a new one each time.
  const [head = '', ...aside] = parents.split(' ')
  const staged = aside.length === 0 ? '' : await git.run(folder, [...show, '--format=%T', ...aside])
  return JSON.stringify([tree, head, staged, body])
}
