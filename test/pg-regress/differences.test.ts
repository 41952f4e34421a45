import { describe, expect, test } from 'vitest'

interface Hunk {
  readonly near: string
  readonly lines: readonly string[]
}
interface Entry {
  readonly kind: string
  readonly why: string
  readonly lines: readonly string[]
}

// The scripts are JavaScript, as they run without a test runner; their types are stated here.
const { normalise } = (await import(script('normalise.js'))) as { normalise: (text: string) => string }
const { splitHunks } = (await import(script('compare-results.js'))) as {
  splitHunks: (diff: string) => Hunk[]
}
const { parseExplained, matchExplained, renderHunks } = (await import(
  script('explained-differences.js')
)) as {
  parseExplained: (text: string, name: string) => Entry[]
  matchExplained: (hunks: readonly Hunk[], entries?: Entry[]) => { known: Entry[]; unknown: Hunk[] }
  renderHunks: (hunks: readonly Hunk[]) => string
}

describe('normalising what a test printed', () => {
  test('removes our triggers from \\d, with the heading when no other trigger is left', () => {
    const bare = 'Table "a"\nIndexes:\n    "a_pkey" PRIMARY KEY\n\n'
    const ours =
      '    "!rtbridge_insert" AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION rtbridge.capture_1_insert()\n'
    const theirs = '    zz AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION zz()\n'
    const withTriggers = (lines: string) => bare.replace('\n\n', `\nTriggers:\n${lines}\n`)
    expect(normalise(withTriggers(ours))).toBe(normalise(bare))
    expect(normalise(withTriggers(ours + theirs))).toBe(normalise(withTriggers(theirs)))
  })

  test('removes rows that name our triggers, counts without them, and takes no notice of column widths', () => {
    const plain = ' tgname | n \n--------+---\n zz     | 1\n(1 row)\n'
    const captured =
      '      tgname      | n \n------------------+---\n !rtbridge_insert | 1\n zz               | 1\n(2 rows)\n'
    expect(normalise(captured)).toBe(normalise(plain))
  })

  test('keeps what a statement says about our triggers', () => {
    for (const line of [
      'ERROR:  trigger "!rtbridge_insert" for table "a" is in the way',
      'CONTEXT:  rtbridge',
    ])
      expect(normalise(line)).toContain(line.split('  ')[1])
  })

  test('keeps a row that is missing for another reason', () => {
    const count = (rows: number) => ` n \n---\n${' 1\n'.repeat(rows)}(${rows} rows)\n`
    expect(normalise(count(2))).not.toBe(normalise(count(3)))
  })
})

describe('the list of explained differences', () => {
  const diff =
    '--- a\n+++ b\n@@ -1 +1 @@ SELECT 1;\n-0 | v\n+4711 | r\n@@ -9 +9,2 @@ DROP TABLE t;\n+ERROR:  no\n'

  test('explains a difference wherever it stands, with … for what varies', () => {
    const [first, second] = splitHunks(diff)
    const entries = parseExplained('# behaviour: a reason\n@@ elsewhere\n-0 | v\n+… | r\n', 'suite/test')
    const { known, unknown } = matchExplained(splitHunks(diff), entries)
    expect(first?.near).toBe('SELECT 1;')
    expect(known).toEqual([{ kind: 'behaviour', why: 'a reason', lines: ['-0 | v', '+… | r'], mixed: false }])
    expect(unknown).toEqual([second])
  })

  test('explains differences made of some lines only, when their number varies', () => {
    const entries = parseExplained('# introspection: a reason\n@@*\n-0 | v\n+… | r\n-1\n', 'suite/test')
    const { known, unknown } = matchExplained(splitHunks(diff), entries)
    expect(known).toHaveLength(1)
    expect(unknown).toHaveLength(1)
  })

  test('does not explain a difference by more or less than its lines', () => {
    const entries = parseExplained(
      '# behaviour: a reason\n@@ x\n+ERROR:  no\n+HINT:  ask\n@@ y\n+4711 | r\n',
      'test',
    )
    expect(matchExplained(splitHunks(diff), entries).known).toEqual([])
  })

  test('cannot be read while a difference in it has no reason', () => {
    for (const heading of ['# unexplained: ', '# behaviour: ']) {
      const recorded = `${heading}\n${renderHunks(splitHunks(diff))}\n`
      expect(() => parseExplained(recorded, 'suite/test')).toThrow('suite/test')
    }
  })
})

function script(name: string): string {
  return new URL(name, import.meta.url).href
}
