import { readFileSync } from 'node:fs'

/** A file or folder that comes with this program: `packageFile('systemd/')`. */
export function packageFile(path: string): URL {
  return new URL(`../../${path}`, import.meta.url)
}

/** The version of this program, from its package. */
export function readPackageVersion(): string {
  return readManifest().version
}

/** True for the program of the Debian package, which brings its unit where the system looks for it. */
export function isDebianPackage(): boolean {
  return readManifest().packaging === 'debian'
}

function readManifest() {
  const text = readFileSync(packageFile('package.json'), 'utf8')
  return JSON.parse(text) as { readonly version: string; readonly packaging?: string }
}
