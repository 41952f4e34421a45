import { completionTable } from './completion-table.ts'
import type { DescribedCommand, DescribedOption } from './describe-command.ts'

/** The completion of fish 3 or newer. */
export function renderFish(program: DescribedCommand): string {
  const table = completionTable(program)
  const paths = table.slice(1).map(({ path }) => quote(path))
  const lines = table.flatMap(({ path, words, valued }) => {
    const here = `complete -c ${program.name} -n ${quote(`test (__${program.name}_place) = ${quote(path)}`)}`
    const values = new Map(valued.flatMap(option => option.words.map(word => [word, option] as const)))
    return words.map(({ word, description }) => {
      const option = values.get(word)
      const behind = option === undefined ? '' : ` ${argumentOf(option)}`
      return `${here} ${wordOf(word)}${behind}${description === '' ? '' : ` -d ${quote(description)}`}`
    })
  })
  return `# fish completion of ${program.name}, made by: ${program.name} completion fish
function __${program.name}_place
  set -l place ${program.path}
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case ${paths.join(' ')}
        set place "$place $word"
    end
  end
  echo $place
end
complete -c ${program.name} -f
${lines.join('\n')}
`
}

function wordOf(word: string): string {
  if (word.startsWith('--')) return `-l ${word.slice(2)}`
  return word.startsWith('-') ? `-s ${word.slice(1)}` : `-a ${quote(word)}`
}

function argumentOf({ value, choices }: DescribedOption): string {
  if (choices.length > 0) return `-x -a ${quote(choices.join(' '))}`
  if (value === 'file') return '-r -F'
  return value === 'folder' ? `-x -a ${quote('(__fish_complete_directories)')}` : '-x'
}

/** In single quotes of fish, where `\` and `'` are escaped. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
