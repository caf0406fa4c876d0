import path from 'node:path'

/**
 * The words of a call of `plugins` as its npm wants them. A folder or a tarball is named as a file, since npm looks for a path that is not
 * on GitHub.
 */
export function withFileNames(argv: readonly string[], folder: string): string[] {
  const isInstall = argv[0] === 'plugins' && (argv[1] === 'install' || argv[1] === 'add')
  return argv.map((word, index) =>
    isInstall && index > 1 && isPath(word) ? `file:${path.resolve(folder, word)}` : word,
  )
}

function isPath(word: string): boolean {
  return /^(?:\/|\.{1,2}(?:\/|$))/.test(word)
}

/** A package that is installed runs nothing of its own meanwhile, unless the person has set this to false. */
export const NO_SCRIPTS = 'npm_config_ignore_scripts'
