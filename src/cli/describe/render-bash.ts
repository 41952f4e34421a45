import { completionTable, quoteForShell } from './completion-table.ts'
import type { DescribedCommand, DescribedOption } from './describe-command.ts'

/** The completion of bash 4 or newer. */
export function renderBash(program: DescribedCommand): string {
  const table = completionTable(program)
  const paths = table.slice(1).map(({ path }) => quoteForShell(path))
  const values = table.flatMap(({ path, valued }) =>
    valued.map(option => `    ${patternOf(path, option)}) ${completeValue(option)}; return ;;`),
  )
  const words = table.map(({ path, words: each }) => {
    const list = quoteForShell(each.map(({ word }) => word).join(' '))
    return `    ${quoteForShell(path)}) words=${list} ;;`
  })
  return `# bash completion of ${program.name}, made by: ${program.name} completion bash
_${program.name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=${program.path} words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${paths.join('|')}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path $prev" in
${values.join('\n')}
  esac
  case $path in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${program.name} ${program.name}
`
}

function patternOf(path: string, { words }: DescribedOption): string {
  return words.map(word => quoteForShell(`${path} ${word}`)).join('|')
}

function completeValue({ value, choices }: DescribedOption): string {
  if (choices.length > 0) return `COMPREPLY=($(compgen -W ${quoteForShell(choices.join(' '))} -- "$cur"))`
  // Nothing of ours can stand there: what bash knows of files is as good as nothing.
  if (value === 'other') return 'COMPREPLY=()'
  const kind = value === 'file' ? '-f' : '-d'
  return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen ${kind} -- "$cur")`
}
