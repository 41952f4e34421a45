import { readFileSync } from 'node:fs'
import { packageFile } from '../package-info.ts'

/** A file of the service: where it belongs, and what is in it. */
export interface ServiceFile {
  readonly path: string
  readonly content: string
}

/** Where systemd finds a program by its name. */
const foundByName = /^(\/usr(\/local)?)?\/s?bin\/rtbridge$/

/**
 * The files of the service, for this program where it lies.
 * @param node the running Node.js, absolute
 * @param script `process.argv[1]`, absolute
 */
export function serviceFiles(node: string, script: string): readonly ServiceFile[] {
  const unit = read('rtbridge.service')
  const start = foundByName.test(script) ? '/usr/bin/env rtbridge' : `${quote(node)} ${quote(script)}`
  return [
    {
      path: '/etc/systemd/system/rtbridge.service',
      content: unit.replace('ExecStart=/usr/bin/env rtbridge', () => `ExecStart=${start}`),
    },
    { path: '/etc/sysusers.d/rtbridge.conf', content: read('sysusers.d/rtbridge.conf') },
    { path: '/etc/tmpfiles.d/rtbridge.conf', content: read('tmpfiles.d/rtbridge.conf') },
  ]
}

/** True where the unit, which sees no homes (`ProtectHome`), would not find the program. */
export function isHidden(path: string): boolean {
  return /^\/(home|root|run\/user|tmp|var\/tmp)\//.test(path)
}

function read(path: string): string {
  return readFileSync(packageFile(`systemd/${path}`), 'utf8')
}

/** As a word of `ExecStart=`, where `%` and `$` mean something. */
function quote(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
