// Builds the Debian package: everything the program consists of in one file, with unit, manual page and completions.
//
//   npm run build:deb                     out/rtbridge_<version>-1_all.deb
//   npm run build:deb -- <folder> <n>     there, as the n-th package of this version
//
// dpkg-deb has to be there. DEBFULLNAME and DEBEMAIL name the maintainer, SOURCE_DATE_EPOCH the time that all files carry.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { controlFile } from './deb/control-files.js'
import { layFiles } from './deb/lay-files.js'
import { createPackageFolder } from './deb/package-folder.js'
import { sourceDate } from './deb/source-date.js'

const project = fileURLToPath(new URL('..', import.meta.url))
const { version: upstream, engines } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
const [outFolder = join(project, 'out'), revision = '1'] = process.argv.slice(2)
// Debian sorts 1.0.0~beta.1 before 1.0.0, and splits at the last hyphen.
const version = `${upstream.replaceAll('-', '~')}-${revision}`
const date = sourceDate(project)
const root = mkdtempSync(join(tmpdir(), 'rtbridge-deb-'))

try {
  const folder = createPackageFolder(project, root)
  await layFiles(folder, { project, version, upstream, date })
  folder.setModes()
  layControl(folder)
  folder.setTimes(date)
  console.log(pack())
} finally {
  rmSync(root, { recursive: true, force: true })
}

function layControl(folder) {
  const paths = folder.files()
  const contents = paths.map(path => readFileSync(join(root, path)))
  const bytes = contents.reduce((sum, content) => sum + content.length, 0)
  const sums = paths.map((path, at) => `${createHash('md5').update(contents[at]).digest('hex')}  ${path}\n`)
  folder.put('DEBIAN/control', controlFile({ version, engines, kibibytes: Math.ceil(bytes / 1024) }))
  folder.put('DEBIAN/md5sums', sums.join(''))
  for (const script of ['postinst', 'prerm', 'postrm']) {
    folder.copy(`build/deb/files/${script}`, `DEBIAN/${script}`)
    chmodSync(join(root, 'DEBIAN', script), 0o755)
  }
  for (const file of ['control', 'md5sums']) chmodSync(join(root, 'DEBIAN', file), 0o644)
  chmodSync(join(root, 'DEBIAN'), 0o755)
}

function pack() {
  mkdirSync(outFolder, { recursive: true })
  const deb = join(outFolder, `rtbridge_${version}_all.deb`)
  // Every dpkg reads xz; what is the default differs.
  const { DPKG_DEB_COMPRESSOR_TYPE = 'xz' } = process.env
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', root, deb], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DPKG_DEB_COMPRESSOR_TYPE, SOURCE_DATE_EPOCH: String(date) },
  })
  return deb
}
