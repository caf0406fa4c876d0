/** In a folder's name and in a title: what a shell, tmux or a terminal would take for something else. */
export function nasty(file: string): string[] {
  const command = `cd;touch ${file}`
  return [
    'two  words',
    `it's "quoted"`,
    `#(${command})`,
    `$(${command})`,
    `\`${command}\``,
    `';${command};'`,
    '#{pid} #[fg=red] %H ##',
    '-dash',
    '=x:1.0',
    'ends in ;',
    String.raw`ends in \;`,
    String.raw`back\slash \n`,
    '漢字 żółw e\u0301 🚧',
    '$HOME ~ * ? [a]',
  ]
}
