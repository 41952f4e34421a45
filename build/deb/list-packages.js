import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a page of the dashboard is made of besides rtbridge; its bundler does not tell. */
const ofDashboard = ['node_modules/preact']

/**
 * The packages that files come from: name, version, authors, licence and its text.
 * @param inputs paths, relative to the project
 */
export function listPackages(project, inputs) {
  const folders = inputs.flatMap(path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  return [...new Set([...folders, ...ofDashboard])].sort().map(folder => describe(join(project, folder)))
}

function describe(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const read = pattern => {
    const file = readdirSync(folder).find(each => pattern.test(each))
    return file === undefined ? '' : readFileSync(join(folder, file), 'utf8')
  }
  return {
    name,
    version,
    license: license ?? 'see its text',
    author: typeof author === 'string' ? author : author?.name,
    text: read(/^licen[cs]e([-.]\w+)?$/i),
    notice: read(/^notice([-.]\w+)?$/i),
  }
}
