import { chmodSync, cpSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder that becomes the package; paths in it are relative. */
export function createPackageFolder(project, root) {
  const entries = () => walk(root)
  const pathOf = ({ parentPath, name }) => join(parentPath, name)
  const target = path => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    return join(root, path)
  }
  return {
    /** A file or folder of the project. */
    copy(from, to, filter = () => true) {
      cpSync(join(project, from), target(to), { recursive: true, filter })
    },
    put(path, content) {
      writeFileSync(target(path), content)
    },
    link(path, to) {
      symlinkSync(to, target(path))
    },
    /** Of all files that are no links, sorted. */
    files() {
      const found = entries().filter(entry => entry.isFile())
      return found.map(entry => pathOf(entry).slice(root.length + 1)).sort()
    },
    /** Whatever the umask of who builds, the package is for everybody. */
    setModes() {
      chmodSync(root, 0o755)
      for (const entry of entries()) {
        const path = pathOf(entry)
        if (entry.isDirectory()) chmodSync(path, 0o755)
        else if (entry.isFile()) chmodSync(path, path.endsWith('bin/rtbridge.js') ? 0o755 : 0o644)
      }
    },
    /** @param seconds since 1970 */
    setTimes(seconds) {
      for (const path of [...entries().map(pathOf), root]) lutimesSync(path, seconds, seconds)
    },
  }
}

/** All that is in a folder. What a link leads to is not: `readdir` would go there as of Node 22. */
function walk(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.flatMap(entry =>
    entry.isDirectory() ? [entry, ...walk(join(folder, entry.name))] : [entry],
  )
}
