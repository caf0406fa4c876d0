interface Words {
  bin: string
  /** The command that speaks. */
  id?: string
  /** Tool names by command. */
  names: ReadonlyMap<string, string>
}

/** Text of a command, with its templates filled in and other commands called by their tool's name. */
export function inToolWords(text: string, {bin, id = '', names}: Words): string {
  const filled = text
    .replaceAll(/<%=\s*config\.bin\s*%>/g, bin)
    .replaceAll(/<%=\s*command\.id\s*%>/g, id)
    .replaceAll(/<%.*?%>/g, '')
  const [before = '', ...calls] = filled.split(`${bin} `)
  return [before, ...calls.map(call => calledByName(call, bin, names))].join('').trim()
}

function calledByName(call: string, bin: string, names: ReadonlyMap<string, string>): string {
  const [command = ''] = /^[a-z-]+/.exec(call) ?? []
  const name = names.get(command)
  return name === undefined ? `${bin} ${call}` : name + call.slice(command.length)
}
