import { dirname } from 'node:path/posix'

/** Source files by path relative to `src/`. */
export type Sources = ReadonlyMap<string, string>

/** What a folder may import. */
export interface FolderRule {
  /** Other folders of ours; `'*'` = all. */
  readonly folders: readonly string[] | '*'
  /** Packages, and modules of Node, that only the named folders may import. */
  readonly packages?: readonly string[]
}

/** The rules by folder; files at the top of `src/` belong to the folder `''`. */
export type FolderRules = Readonly<Record<string, FolderRule>>

/** Finds imports that point the wrong way, and folders without a rule. */
export function findWrongImports(sources: Sources, rules: FolderRules): string[] {
  return [...sources].flatMap(([path, text]) => {
    const from = folderOf(path)
    const rule = rules[from]
    if (rule === undefined) return [`${path}: no rule says what ${from}/ may import`]
    return readImports(text)
      .map(specifier => resolveImport(path, specifier))
      .filter(target => target !== null)
      .map(folderOf)
      .filter(to => to !== from && rule.folders !== '*' && !rule.folders.includes(to))
      .map(to => `${path}: ${from}/ must not import ${to === '' ? 'a file at the top of src' : `${to}/`}`)
  })
}

/** Finds imports of packages that are reserved for other folders. */
export function findWrongPackages(sources: Sources, rules: FolderRules): string[] {
  const reserved = new Set(Object.values(rules).flatMap(rule => rule.packages ?? []))
  return [...sources].flatMap(([path, text]) => {
    const allowed = rules[folderOf(path)]?.packages ?? []
    return readImports(text)
      .filter(specifier => reserved.has(specifier) && !allowed.includes(specifier))
      .map(specifier => `${path}: must not import ${specifier}`)
  })
}

/** Finds cycles of imports between files, each as `a → b → a`. */
export function findCycles(sources: Sources): string[] {
  return cyclesOf(new Map([...sources].map(([path, text]) => [path, importedFiles(path, text)])))
}

/** Finds cycles of imports between the folders in a folder, its own files among them, each as `a → b → a`. */
export function findFolderCycles(sources: Sources, root: string): string[] {
  const graph = new Map<string, Set<string>>()
  for (const [path, text] of sources) {
    const from = dirname(path)
    if (!isIn(root, from)) continue
    const targets = graph.get(from) ?? new Set()
    graph.set(from, targets)
    for (const to of importedFiles(path, text).map(dirname))
      if (to !== from && isIn(root, to)) targets.add(to)
  }
  return cyclesOf(graph)
}

function isIn(root: string, folder: string): boolean {
  return folder === root || folder.startsWith(`${root}/`)
}

function cyclesOf(graph: ReadonlyMap<string, Iterable<string>>): string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (node: string, trail: readonly string[]) => {
    const start = trail.indexOf(node)
    if (start !== -1) cycles.push([...trail.slice(start), node].join(' → '))
    if (start !== -1 || done.has(node)) return
    for (const target of graph.get(node) ?? []) visit(target, [...trail, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return cycles
}

/** Finds files with more lines than `limit`. */
export function findLongFiles(sources: Sources, limit: number): string[] {
  return [...sources]
    .map(([path, text]) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines`)
}

const sqlStart = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|MERGE|LOCK|GRANT|REVOKE|DO|CALL)\s/

/** Finds statements of SQL that are longer than a line: strings that begin like one and go on after a line end. */
export function findLongSql(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    readStrings(text)
      .filter(literal => sqlStart.test(literal) && literal.trim().includes('\n'))
      .map(literal => `${path}: ${literal.trim().split('\n')[0]} …`),
  )
}

/** The modules a file imports or exports from, types included. */
function readImports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const found = code.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)(['"])(.+?)\1/g)
  return [...new Set([...found].map(match => match[2] ?? ''))]
}

function importedFiles(path: string, text: string): string[] {
  return readImports(text)
    .map(specifier => resolveImport(path, specifier))
    .filter(target => target !== null)
}

function resolveImport(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null
  return new URL(specifier, `file:///${path}`).pathname.slice(1)
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

/**
 * The contents of string literals; neighbours joined by `+` count as one, with the line end between them. Comments
 * are skipped in the same pass, because they may hold quotes.
 */
function readStrings(text: string): string[] {
  const string = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|${'`'}(?:\\.|[^${'`'}\\])*${'`'}`
  const pattern = new RegExp(String.raw`\/\*[\s\S]*?\*\/|\/\/.*|(?:${string})(?:\s*\+\s*(?:${string}))*`, 'g')
  return [...text.matchAll(pattern)]
    .map(([literal]) => literal)
    .filter(literal => !literal.startsWith('/'))
    .map(literal => literal.slice(1, -1))
}
