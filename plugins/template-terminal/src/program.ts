/** All that is special about dtach. For another program, begin here. */
export const PROGRAM = 'dtach'
export const INSTALL = 'sudo apt-get install -y dtach'

/** Runs a program in a new terminal that nobody needs to look at, and ends at once. Without `-z`, Ctrl+z would not reach Codex. */
export function openArguments(socket: string, argv: readonly string[]): string[] {
  return ['-n', socket, '-z', ...argv]
}

/** Shows the terminal to a person. `winch` has the program in it draw itself anew. */
export function lookArguments(socket: string): string[] {
  return ['-a', socket, '-r', 'winch', '-z']
}
