import { readFileSync } from 'node:fs'

/** A file or folder that comes with this program: `packageFile('systemd/')`. Also where all code is in one file. */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url)
}

/** The version of this program, from its package. */
export function readPackageVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version
}
