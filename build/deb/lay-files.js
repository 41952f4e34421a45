import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleProgram, place } from './bundle-program.js'
import { copyrightFile, debianChangelog } from './control-files.js'
import { listPackages } from './list-packages.js'

const home = 'usr/share/rtbridge'
const doc = 'usr/share/doc/rtbridge'

/** Everything that the package installs. */
export async function layFiles(folder, options) {
  const packages = await layProgram(folder, options)
  laySystemd(folder, options)
  await layGenerated(folder, options)
  layDocumentation(folder, { ...options, packages })
}

/** The folders lie as in the npm package, so the program finds its files in the same places. */
async function layProgram(folder, { project }) {
  const { text, inputs } = await bundleProgram(project)
  folder.put(`${home}/${place}`, text)
  const start = readFileSync(join(project, 'bin/rtbridge.js'), 'utf8')
  // The Node.js that the package depends on, not one that lies before it in somebody's path.
  folder.put(`${home}/bin/rtbridge.js`, start.replace('#!/usr/bin/env node', '#!/usr/bin/node'))
  folder.link('usr/bin/rtbridge', '../share/rtbridge/bin/rtbridge.js')
  folder.copy('sql', `${home}/sql`)
  folder.copy('dist/dashboard', `${home}/dist/dashboard`)
  folder.copy('systemd', `${home}/systemd`)
  // What `demo` shows.
  folder.copy('examples/wasla', `${home}/examples/wasla`)
  const { name, version, type, engines } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  const manifest = { name, version, type, engines, packaging: 'debian' }
  folder.put(`${home}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  return listPackages(project, inputs)
}

function laySystemd(folder, { project }) {
  const unit = readFileSync(join(project, 'systemd/rtbridge.service'), 'utf8')
  folder.put(
    'usr/lib/systemd/system/rtbridge.service',
    unit.replace('ExecStart=/usr/bin/env rtbridge', 'ExecStart=/usr/bin/rtbridge'),
  )
  folder.copy('systemd/sysusers.d/rtbridge.conf', 'usr/lib/sysusers.d/rtbridge.conf')
  folder.copy('systemd/tmpfiles.d/rtbridge.conf', 'usr/lib/tmpfiles.d/rtbridge.conf')
}

/** From the tree of commands, which is there only once the program was compiled. */
async function layGenerated(folder, { project, upstream }) {
  const load = path => import(join(project, 'dist/cli', path))
  const { buildProgram } = await load('program.js')
  const { describeCommand } = await load('describe/describe-command.js')
  const tree = describeCommand(buildProgram())
  const { renderMan } = await load('describe/render-man.js')
  for (const { name, text } of renderMan(tree, { version: upstream }))
    folder.put(`usr/share/man/man1/${name}.1.gz`, zip(text))
  const { renderBash } = await load('describe/render-bash.js')
  folder.put('usr/share/bash-completion/completions/rtbridge', renderBash(tree))
  const { renderZsh } = await load('describe/render-zsh.js')
  folder.put('usr/share/zsh/vendor-completions/_rtbridge', renderZsh(tree))
  const { renderFish } = await load('describe/render-fish.js')
  folder.put('usr/share/fish/vendor_completions.d/rtbridge.fish', renderFish(tree))
}

function layDocumentation(folder, { project, version, date, packages }) {
  folder.copy('docs', `${doc}/docs`)
  folder.copy('README.md', `${doc}/README.md`)
  folder.copy('build/deb/files/lintian-overrides', 'usr/share/lintian/overrides/rtbridge')
  folder.copy('build/deb/files/rtbridge.yaml', `${doc}/examples/rtbridge.yaml`)
  folder.copy('systemd/rtbridge.service.d/example.conf', `${doc}/examples/override.conf`)
  const isWanted = path => !/\/(node_modules|dist|wasla)$/.test(path)
  folder.copy('examples', `${doc}/examples`, isWanted)
  folder.link(`${doc}/examples/wasla`, '../../../rtbridge/examples/wasla')
  folder.put(`${doc}/changelog.gz`, zip(readFileSync(join(project, 'CHANGELOG.md'))))
  folder.put(`${doc}/changelog.Debian.gz`, zip(debianChangelog({ version, date })))
  const license = readFileSync(join(project, 'LICENSE'), 'utf8')
  folder.put(`${doc}/copyright`, copyrightFile(license, packages))
}

/** The same bytes whenever it is built: no time and no name is in it. */
function zip(content) {
  return gzipSync(content, { level: 9 })
}
