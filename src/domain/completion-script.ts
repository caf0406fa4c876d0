import {pasteable, shellLine} from './shell.ts'
import type {Shell} from './typed-line.ts'

/**
 * What a shell has to read so that TAB asks us. `self` is how this program is called from anywhere. The functions hand over what is typed as
 * words and never look at it themselves; what comes back is taken as text.
 */
export function completionScript(shell: Shell, self: readonly string[]): string {
  if (shell === 'fish') return fishScript(self.map(fishWord))
  return {bash: bashScript, zsh: zshScript}[shell](`${shellLine(self)} internal complete ${shell} --`)
}

/** In fish a backslash counts inside of single quotes, too. */
function fishWord(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

/** Lines to paste into that shell, once. They can be given again. `self` is how a person's shell finds this program. */
export function pastedLines(shell: Shell, self: readonly string[]): string[] {
  const program = `${pasteable(self)} autocomplete ${shell} --script`
  if (shell === 'fish') {
    return ['mkdir -p $__fish_config_dir/completions', `${program} > $__fish_config_dir/completions/codex-planner.fish`]
  }
  const file = `~/.config/codex-orchestrator/completion.${shell}`
  const startUp = shell === 'bash' ? '~/.bashrc' : '"${ZDOTDIR:-$HOME}/.zshrc"'
  return [
    'mkdir -p ~/.config/codex-orchestrator',
    `${program} >| ${file}`,
    `grep -qsF codex-orchestrator/completion.${shell} ${startUp} || echo 'source ${file}' >> ${startUp}`,
    `source ${file}`,
  ]
}

/**
 * bash cuts words at `=`, `:` and `@`. Where the cursor is behind one, that is a finished piece and nothing is begun; but an `@` is begun with.
 * Whether a word begins with an `@` is seen from the line alone; such a piece is handed over with a backslash.
 */
function bashScript(call: string): string {
  return `# Completion of codex-planner in bash, written by: codex-planner autocomplete bash --script
_codex_planner() {
  local at=\${COMP_CWORD:-0} line=\${COMP_LINE-} current piece reply i
  local words=()
  current=\${2-\${COMP_WORDS[at]-}}
  COMPREPLY=()
  case \${COMP_WORDS[at-1]-} in
    \\<* | \\>* | \\&\\>*)
      compopt -o default 2>/dev/null || :
      return 0
      ;;
  esac
  if [[ $at -gt 1 ]]; then words=("\${COMP_WORDS[@]:1:at-1}"); fi
  if [[ $current == @* && \${COMP_WORDS[at]-} != @* ]]; then unset "words[at-2]"; fi
  if [[ -z $current && \${COMP_WORDS[at]-} == [=:]* ]]; then words+=("\${COMP_WORDS[at]}"); fi
  words+=("$current")
  for i in "\${!words[@]}"; do
    piece=\${words[i]}
    if [[ $piece == @* && \${line%%"$piece"*} == *[[:blank:]] ]]; then words[i]=\\\\$piece; fi
    line=\${line#*"$piece"}
  done
  reply=$(${call} "\${words[@]}" 2>/dev/null </dev/null) || return 0
  case $reply in
    '') ;;
    :folders) compopt -o dirnames 2>/dev/null || : ;;
    :files) compopt -o default 2>/dev/null || : ;;
    :command)
      if [[ \${COMP_WORDS[at-1]-} == -- ]]; then
        reply=$(compgen -c -- "$current") || return 0
        mapfile -t COMPREPLY <<<"$reply"
      else
        compopt -o default 2>/dev/null || :
      fi
      ;;
    *) mapfile -t COMPREPLY <<<"$reply" ;;
  esac
  return 0
}
complete -F _codex_planner codex-planner
`
}

function zshScript(call: string): string {
  return `# Completion of codex-planner in zsh, written by: codex-planner autocomplete zsh --script
_codex_planner() {
  local reply line
  local -a before lines offered
  if (( CURRENT > 2 )); then before=("\${(@)words[2,CURRENT-1]}"); fi
  reply="$(${call} "\${(@)before}" "$PREFIX" 2>/dev/null </dev/null)" || return 1
  lines=("\${(@f)reply}")
  case "$reply" in
    '') return 1 ;;
    :folders|:files)
      if [[ $PREFIX == --*=* ]]; then compset -P 1 '*='; fi
      if [[ $reply == :folders ]]; then _files -/; else _files; fi
      ;;
    :command)
      line=\${words[(i)--]}
      shift $line words
      (( CURRENT -= line ))
      _normal
      ;;
    *)
      for line in "\${(@)lines}"; do
        case "$line" in
          *$'\\t'*) offered+=("\${line%%$'\\t'*}:\${\${line#*$'\\t'}//\\\\/\\\\\\\\}") ;;
          *) offered+=("$line") ;;
        esac
      done
      _describe -V codex-planner offered
      ;;
  esac
}
if (( ! \${+functions[compdef]} )); then autoload -Uz compinit && compinit -i; fi
compdef _codex_planner codex-planner
`
}

/** fish tells of a program that is gone wherever its errors go. */
function fishScript(self: readonly string[]): string {
  return `# Completion of codex-planner in fish, written by: codex-planner autocomplete fish --script
function __codex_planner_complete
    test -x ${self[0]}; or return 0
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -e words[1]
    set -l reply (${self.join(' ')} internal complete fish -- $words "$current" 2>/dev/null </dev/null)
    switch "$reply[1]"
        case ':folders' ':files'
            set -l lead (string match -r -- '^--[^=]*=' "$current")
            set -l typed (string replace -r -- '^--[^=]*=' '' "$current")
            if test "$reply[1]" = ':folders'
                string replace -r -- '^' "$lead" (__fish_complete_directories "$typed" '')
            else
                string replace -r -- '^' "$lead" (__fish_complete_path "$typed" '')
            end
        case ':command'
            set -l at (contains -i -- -- $words)
            set -e words[1..$at]
            complete -C (string join ' ' -- (string escape -- $words) "$current")
        case '*'
            string join \\n -- $reply
    end
end
complete -c codex-planner -e
complete -c codex-planner -k -f -a '(__codex_planner_complete)'
`
}
