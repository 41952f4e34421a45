import { type CompletionWord, completionTable, quoteForShell } from './completion-table.ts'
import type { DescribedCommand, DescribedOption } from './describe-command.ts'

/** The completion of zsh, as a file of `fpath` or to be sourced behind `compinit`. */
export function renderZsh(program: DescribedCommand): string {
  const table = completionTable(program)
  const paths = table.slice(1).map(({ path }) => quoteForShell(path))
  const values = table.flatMap(({ path, valued }) =>
    valued.map(option => `    ${patternOf(path, option)}) ${completeValue(option)}; return ;;`),
  )
  const words = table.map(
    ({ path, words: each }) => `    ${quoteForShell(path)}) list=(${each.map(describe).join(' ')}) ;;`,
  )
  return `#compdef ${program.name}
# zsh completion of ${program.name}, made by: ${program.name} completion zsh
_${program.name}() {
  local place=${program.path} i
  local -a list
  for ((i = 2; i < CURRENT; i++)); do
    case "$place $words[i]" in
    (${paths.join('|')}) place="$place $words[i]" ;;
    esac
  done
  case "$place $words[CURRENT-1]" in
${values.join('\n')}
  esac
  case $place in
${words.join('\n')}
  esac
  _describe -V ${quoteForShell(program.name)} list
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _${program.name} "$@"; else compdef _${program.name} ${program.name}; fi
`
}

function patternOf(path: string, { words }: DescribedOption): string {
  return `(${words.map(word => quoteForShell(`${path} ${word}`)).join('|')}`
}

function completeValue({ value, choices }: DescribedOption): string {
  if (choices.length > 0) return `compadd -- ${choices.map(quoteForShell).join(' ')}`
  if (value === 'other') return "_message 'a value'"
  return value === 'file' ? '_files' : '_files -/'
}

/** A colon ends the word. */
function describe({ word, description }: CompletionWord): string {
  return quoteForShell(`${word.replaceAll(':', '\\:')}:${description}`)
}
