import { execFile, execFileSync } from 'node:child_process'
import { copyFile, cp, mkdir, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { project } from './build-deb.ts'

const run = promisify(execFile)

/**
 * Puts npm into an unpacked Debian, with all that it needs to install rtbridge there without a network.
 * @param tarball where the packed rtbridge goes, below the root
 */
export async function bringNpm(root: string, tarball: string): Promise<void> {
  const folder = join(root, dirname(tarball))
  await mkdir(folder, { recursive: true })
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: project })
  const [packed = ''] = (await readdir(folder)).filter(name => name.endsWith('.tgz'))
  await copyFile(join(folder, packed), join(root, tarball))
  // What it fetches for the one installation is kept for the other.
  const prefix = join(root, 'var/tmp/prefix')
  const fetched = ['--prefix', prefix, '--cache', join(root, 'root/.npm')]
  await run('npm', ['install', '--global', '--no-audit', ...fetched, join(folder, packed)])
  await rm(prefix, { recursive: true })
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const settings = [`registry=${registry}`, 'offline=true', 'audit=false', 'prefix=/usr/local']
  await writeFile(join(root, 'root/.npmrc'), `${settings.join('\n')}\n`)
  const [program = ''] = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).split('\n')
  await cp(dirname(dirname(await realpath(program))), join(root, 'opt/npm'), { recursive: true })
  await symlink('/opt/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
}
