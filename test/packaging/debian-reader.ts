const name = 'reader'
const home = `/home/${name}`

/** What is typed when a command asks. */
const typed: readonly (readonly [RegExp, string])[] = [
  [/createuser --pwprompt/, 'secret\\nsecret\\n'],
  [/uninstall-triggers$/, 'yes\\n'],
  [/install .*\/dev\/stdin \/etc\/rtbridge\/credentials/, 'secret'],
]
/** What only ends when somebody ends it. */
const staying = /^(sudo )?journalctl .*-f\b|^rtbridge demo$/
/** What wants to see a terminal. */
const atTerminal = /systemctl edit |uninstall-triggers$/

/** Writes below the second line, where `systemctl edit` says that changes belong. */
const editor = `#!/bin/sh
for file; do :; done
exec sed -i -e '2a [Service]' -e '2a Nice=5' "$file"
`

/** Somebody at a machine who may use sudo (`ALL`, not `ALL:ALL`): folder and variables stay from one command to the next. */
export interface DebianReader {
  /** Runs a command as it stands in a page; what it says. */
  run(command: string): Promise<string>
  /** Begins at home again, with no variables of his own. */
  openTerminal(): Promise<void>
  /** Writes a file of his own. */
  save(path: string, text: string): Promise<void>
}

/**
 * Makes the user, unless there is one.
 * @param run runs a script as root, with `sudo` installed
 */
export async function openReader(run: (script: string) => Promise<string>): Promise<DebianReader> {
  await run(`id ${name} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash ${name}
    install -d -o ${name} -g ${name} ${home}; chown -R ${name}: ${home}
    echo '${name} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${name}
    echo 'APT::Get::Assume-Yes "true";' > /etc/apt/apt.conf.d/90yes
    echo 'cd ${home}' > ${home}/.state; chown ${name}: ${home}/.state`)
  const put = async (path: string, text: string) => {
    await run(
      `echo ${Buffer.from(text).toString('base64')} | base64 -d > '${path}'; chown ${name}: '${path}'`,
    )
  }
  await put('/usr/local/bin/editor', editor)
  await run('chmod +x /usr/local/bin/editor')
  return {
    save: put,
    openTerminal: () => put(`${home}/.state`, `cd ${home}\n`),
    async run(command) {
      const keep = `code=$?; { echo "cd '$PWD'"; export -p; } > ~/.state; exit $code`
      await put(`${home}/.command`, `. ~/.state\n${command}\n${keep}\n`)
      const environment = `HOME=${home} USER=${name} PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8`
      return run(`runuser -u ${name} -- env -i ${environment} sh -c '${howToRun(command)}'`)
    },
  }
}

function howToRun(command: string): string {
  const text = typed.find(([pattern]) => pattern.test(command))?.[1] ?? ''
  const input = `printf "${text}" |`
  if (staying.test(command)) return `timeout --signal=INT 15 bash ~/.command || test $? = 124`
  if (atTerminal.test(command)) return `${input} script -qec "bash $HOME/.command" /dev/null`
  return `${input} bash ~/.command`
}
