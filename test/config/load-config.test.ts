// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the references of a configuration file
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeConfig } from '../../src/config/describe-config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { withCredentials } from '../../src/config/read-credentials.ts'
import { RtbridgeError } from '../../src/domain/errors/registry.ts'
import { compileRules } from '../../src/mapping/rule-set.ts'

interface Given {
  readonly env?: Record<string, string>
  readonly flags?: Record<string, string | number | boolean>
}

/** Loads a file that exists only here. */
function load(text: string | Uint8Array | null, { env = {}, flags = {} }: Given = {}) {
  return loadConfig({
    env,
    flags,
    cwd: '/office',
    readFile: path => {
      if (text === null || path !== '/office/rtbridge.yaml')
        throw Object.assign(new Error(), { code: 'ENOENT' })
      return typeof text === 'string' ? new TextEncoder().encode(text) : text
    },
  })
}

function problemOf(text: string | Uint8Array, given?: Given): string {
  try {
    load(text, given)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the file was accepted')
}

const wholeFile = `
database: { url: \${DATABASE_URL} }
hub:      { host: 127.0.0.1, port: 9000, max_message: 1MiB, heartbeat: 10s }
journal:
  retention: 48h
  max_row: 2MiB
capture: { pacing: 2ms }
tables:
  bookings:
    channel: booking_events
    exclude: [customer_phone]
    events:
      BOOKING_CREATED:   { on: insert }
      BOOKING_CANCELLED: { on: [update, delete], when: "op == 'DELETE' || (old.status != 'CANCELLED' && new.status == 'CANCELLED')" }
  vehicle_queue:
    max_row: 64KiB
    events:
      VEHICLE_ENTERED: { on: insert, rooms: ["destination:{new.destination_id}"] }
      VEHICLE_EXITED:  { on: delete, data: { plate: "old.license_plate" }, priority: high }
  "sales.*":
channels: [legacy_events]
`

describe('a file', () => {
  test('becomes one frozen configuration', () => {
    const { config, path, warnings } = load(wholeFile, { env: { DATABASE_URL: 'postgresql://db/office' } })
    expect(path).toBe('/office/rtbridge.yaml')
    expect(warnings).toEqual([])
    expect(config.database).toEqual({
      url: 'postgresql://db/office',
      connectTimeoutMs: 5000,
      doorbell: 'on',
      signals: 'on',
    })
    expect(config.hub).toMatchObject({
      host: '127.0.0.1',
      port: 9000,
      maxMessageBytes: 1_048_576,
      heartbeatMs: 10_000,
    })
    expect(config.journal).toMatchObject({ retentionMs: 172_800_000, maxRowBytes: 2_097_152 })
    expect(config.capture).toMatchObject({ pacingMs: 2, safetyReadMs: 1000 })
    expect(config.channels).toEqual(['legacy_events'])
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.tables[0]?.events[0]?.on)).toBe(true)
  })

  test('gives the rules of its tables, in order and with their places', () => {
    const { config } = load(wholeFile, { env: { DATABASE_URL: 'x' } })
    expect(config.tables.map(({ pattern, channel, maxRowBytes }) => [pattern, channel, maxRowBytes])).toEqual(
      [
        ['bookings', 'booking_events', 2_097_152],
        ['vehicle_queue', null, 65_536],
        ['sales.*', null, 2_097_152],
      ],
    )
    const [created, cancelled] = config.tables[0]?.events ?? []
    expect(created).toMatchObject({
      eventType: 'BOOKING_CREATED',
      on: ['insert'],
      when: null,
      data: null,
      rooms: null,
    })
    expect(created?.location).toEqual({ file: 'rtbridge.yaml', line: 13, column: 7 })
    expect(cancelled).toMatchObject({ on: ['update', 'delete'], priority: 'normal' })
    expect(cancelled?.locations['when']).toEqual({ file: 'rtbridge.yaml', line: 14, column: 57 })
    expect(config.tables[1]?.events[1]).toMatchObject({
      data: { plate: 'old.license_plate' },
      priority: 'high',
    })
    expect(compileRules(config.tables).forTable({ schema: 'sales', name: 'x' }).rule?.pattern).toBe('sales.*')
  })

  test('may list its tables by name', () => {
    const { config } = load('tables: [bookings, sales.invoices]\n')
    expect(config.tables.map(table => [table.pattern, table.events])).toEqual([
      ['bookings', []],
      ['sales.invoices', []],
    ])
  })

  test.each(['', '# nothing yet\n', 'tables:\nhub:\n'])('may be as good as empty: %j', text => {
    expect(load(text).config).toMatchObject({ hub: { port: 8765 }, tables: [], channels: [] })
  })

  test('treats a table and data named __proto__ like any other', () => {
    const { config } = load(
      'tables:\n  __proto__:\n    events:\n      X: { on: insert, data: { __proto__: "new.a" } }\n',
    )
    expect(config.tables[0]?.pattern).toBe('__proto__')
    expect(Object.keys(config.tables[0]?.events[0]?.data ?? {})).toEqual(['__proto__'])
  })

  test('may hold anchors and aliases', () => {
    const { config } = load('tables:\n  a: &t { channel: c }\n  b: *t\n')
    expect(config.tables.map(table => table.channel)).toEqual(['c', 'c'])
  })

  test('without `on` an event follows every row change but TRUNCATE', () => {
    const { config } = load('tables: { a: { events: { X: } } }\n')
    expect(config.tables[0]?.events[0]?.on).toEqual(['insert', 'update', 'delete'])
  })
})

describe('discovery', () => {
  test('no file is fine, and says where it looked', () => {
    const { config, path, tried } = load(null)
    expect(path).toBeNull()
    expect(tried).toEqual([
      '/office/rtbridge.yaml',
      '/office/rtbridge.yml',
      '/etc/rtbridge/rtbridge.yaml',
      '/etc/rtbridge/rtbridge.yml',
    ])
    expect(config.tables).toEqual([])
  })

  test('a file that is named must exist', () => {
    expect(() => load(null, { flags: { config: 'x.yaml' } })).toThrow(
      /\/office\/x\.yaml \(named by --config\)/,
    )
    expect(() => load(null, { env: { RTBRIDGE_CONFIG: '/x.yaml' } })).toThrow(
      /\/x\.yaml \(named by RTBRIDGE_CONFIG\)/,
    )
  })

  test('a file that cannot be read is never passed over', () => {
    const readFile = () => {
      throw Object.assign(new Error(), { code: 'EACCES' })
    }
    expect(() => loadConfig({ env: {}, cwd: '/office', readFile })).toThrow(
      expect.objectContaining({
        code: 'RTB_CONFIG_FORBIDDEN',
        message: expect.stringContaining('may not read'),
        hint: expect.stringContaining('sudo -u rtbridge rtbridge …'),
      }),
    )
  })

  test('who may not read it is told as whom to install and remove triggers: the hub does not own the tables', () => {
    const readFile = () => {
      throw Object.assign(new Error(), { code: 'EACCES' })
    }
    const asOwner = `sudo runuser -u postgres -G rtbridge -- env PGOPTIONS='-c role=<owner>' rtbridge …`
    const hint = `\`install-triggers\` and \`uninstall-triggers\` as the owner of the tables: \`${asOwner}\``
    expect(() => loadConfig({ env: {}, cwd: '/office', readFile })).toThrow(
      expect.objectContaining({ code: 'RTB_CONFIG_FORBIDDEN', hint: expect.stringContaining(hint) }),
    )
  })

  test('a working directory that the user may not enter holds none for him', () => {
    const cwd = mkdtempSync(join(tmpdir(), 'rtbridge-shut-'))
    onTestFinished(() => rmSync(cwd, { recursive: true }))
    writeFileSync(join(cwd, 'rtbridge.yaml'), 'hub: { port: 1000 }')
    chmodSync(cwd, 0o000)
    onTestFinished(() => chmodSync(cwd, 0o700))
    const isRoot = process.getuid?.() === 0
    // Root enters everywhere; nobody does not.
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(loadConfig({ env: {}, cwd }).path).not.toBe(join(cwd, 'rtbridge.yaml'))
      expect(() => withCredentials({ CREDENTIALS_DIRECTORY: cwd })).toThrow(/may not read/)
      expect(() => loadConfig({ env: { RTBRIDGE_CONFIG: 'rtbridge.yaml' }, cwd })).toThrow(/may not read/)
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })
})

describe('precedence', () => {
  const file = 'hub: { port: 1000 }\ndatabase: { url: postgresql://file/db }\n'
  const env = { RTBRIDGE_HUB_PORT: '2000', PGHOST: 'pg', PGDATABASE: 'office' }

  test('flag, variable, file, default: the first that is there, with its origin', () => {
    const all = load(file, { env, flags: { 'hub.port': '3000' } })
    expect([all.config.hub.port, all.origins['hub.port']]).toEqual([3000, { kind: 'flag', detail: '' }])
    const variable = load(file, { env })
    expect([variable.config.hub.port, variable.origins['hub.port'].detail]).toEqual([
      2000,
      'RTBRIDGE_HUB_PORT',
    ])
    const fromFile = load(file)
    expect([fromFile.config.hub.port, fromFile.origins['hub.port'].detail]).toEqual([
      1000,
      'rtbridge.yaml:1:14',
    ])
    expect(load(null).origins['hub.port']).toEqual({ kind: 'default', detail: '' })
  })

  test('PG* names the database only when nothing else does', () => {
    expect(load(file, { env }).config.database.url).toBe('postgresql://file/db')
    const { config, origins } = load(null, { env })
    expect(config.database.url).toBe('postgresql://pg/office')
    expect(origins['database.url']).toEqual({ kind: 'PG*', detail: 'PGHOST, PGDATABASE' })
    expect(load(null).config.database.url).toBeNull()
  })

  test('an empty variable counts as not set', () => {
    expect(load(file, { env: { RTBRIDGE_HUB_PORT: '' } }).config.hub.port).toBe(1000)
  })

  test('a wrong variable or flag is named', () => {
    expect(problemOf(file, { env: { RTBRIDGE_HUB_PORT: 'http' } })).toMatch(
      /"http" of RTBRIDGE_HUB_PORT.*hub\.port/,
    )
    expect(problemOf(file, { flags: { 'hub.port': 70_000 } })).toMatch(/70000 of the command line/)
  })

  test('a misspelt variable is a warning', () => {
    expect(load(null, { env: { RTBRIDGE_HUB_PROT: '1', RTBRIDGE_TEST_DATABASE_URL: 'x' } }).warnings).toEqual(
      [expect.stringMatching(/RTBRIDGE_HUB_PROT .*did you mean "RTBRIDGE_HUB_PORT"/)],
    )
  })

  test('config show hides the password', () => {
    const loaded = load(null, { env: { RTBRIDGE_DATABASE_URL: 'postgresql://me:hunter2@db/x' } })
    expect(JSON.stringify(describeConfig(loaded))).not.toContain('hunter2')
    expect(describeConfig(loaded)[0]?.value).toBe('postgresql://me:***@db/x')
  })
})

describe('environment references', () => {
  test.each([
    ['${PORT}', 9000],
    ['${NOPE:-8001}', 8001],
    ['${EMPTY:-8002}', 8002],
    ['"${PORT}"', 9000],
  ])('port: %s', (written, port) => {
    expect(load(`hub: { port: ${written} }`, { env: { PORT: '9000', EMPTY: '' } }).config.hub.port).toBe(port)
  })

  test.each([
    ['url: ${URL}', 'a: b # c, {d} "e"'],
    ['url: "pre-${URL}-post"', 'pre-a: b # c, {d} "e"-post'],
    ['url: ${NOPE:-postgresql://h:1/x?a={b, c: d}', 'postgresql://h:1/x?a={b, c: d'],
    ['url: $${URL}', '${URL}'],
    ['url: a$b', 'a$b'],
  ])('%s is taken as text, never parsed again', (written, url) => {
    expect(load(`database:\n  ${written}\n`, { env: { URL: 'a: b # c, {d} "e"' } }).config.database.url).toBe(
      url,
    )
  })

  test('one that is not set is an error with its place', () => {
    expect(() => load('hub:\n  host: ${NOPE}\n')).toThrow(
      expect.objectContaining({
        code: 'RTB_CONFIG_UNSET',
        message: 'rtbridge.yaml:2:9: the environment variable NOPE is not set',
      }),
    )
  })

  test('one that is none is an error with its place', () => {
    expect(problemOf('hub:\n  host: ${A B}\n')).toMatch(/^rtbridge\.yaml:2:9: \$\{A B\}/)
  })
})

describe('mistakes are reported with their place', () => {
  test.each([
    [
      'hub: { prot: 1 }',
      /^rtbridge\.yaml:1:8: unknown key "prot" in hub; did you mean "port"\? \(allowed: host, port/,
    ],
    ['tabels: {}', /1:1: unknown key "tabels"; did you mean "tables"\?/],
    ['tables:\n  a:\n    evnts: {}', /3:5: unknown key "evnts" in tables\.a; did you mean "events"/],
    [
      'tables:\n  a:\n    events:\n      X: { whne: "true" }',
      /4:12: unknown key "whne" in tables\.a\.events\.X/,
    ],
    ['hub: { port: http }', /1:14: hub\.port: found "http", expected a whole number from 0 to 65535/],
    ['hub: { port: }', /hub\.port: found nothing/],
    ['hub: [1]', /1:6: hub: found a list, expected a map/],
    ['- a', /1:1: found a list, expected a map/],
    ['just words', /found "just words", expected a map/],
    ['hub: { heartbeat: 5 parsecs }', /found "5 parsecs", expected a duration/],
    ['hub: { heartbeat: 1ms }', /from 1s to 24h/],
    // A timer of Node that is to last for a month ends at once.
    ['capture: { safety_read: 30d }', /from 10ms to 24h/],
    ['journal: { max_size: 1gb }', /expected a size/],
    ['log: { level: loud }', /one of trace, debug/],
    ['database: { doorbell: maybe }', /expected on or off/],
    ['tables: 5', /1:9: tables: found 5, expected a map/],
    ['tables: [a, 5]', /1:13: tables\.1: found 5, expected a text/],
    ['tables: { a: { exclude: { b: 1 } } }', /tables\.a\.exclude: found a map, expected a name/],
    [
      'tables: { a: { events: { X: { on: inserted } } } }',
      /found "inserted", expected one of insert, update/,
    ],
    ['tables: { a: { events: { X: { on: [] } } } }', /empty `on`/],
    ['tables: { a b: }', /`a b` is not a table/],
    ['tables: [a, a]', /1:13: the table `a` is there already/],
    ['tables: { a: { events: { INSERT: } } }', /1:26: INSERT is reserved/],
    ['tables: { a: { events: { 1X: } } }', /`1X` is not an event name/],
    ['channels: [rtbridge]', /1:12: .*doorbell/],
    ['channels: [mine, rtbridge_signal]', /1:18: .*talk to each other/],
    ['a:\n\tb: 1', /^rtbridge\.yaml:2:1: a tab indents/],
    ['hub: {}\nhub: {}', /^rtbridge\.yaml:2:1: this key is there already/],
    ['hub: {}\n---\nhub: {}', /2:1: a second document/],
    ['log: a: b', /second colon/],
    ['hub: "x', /quote/],
    ['? [a]\n: 1', /1:3: a key has to be text/],
    ['a: *nope', /alias/],
    [
      'hub: { port: ${PORT }',
      /^rtbridge\.yaml:1:15: \$\{PORT \} is no reference|^rtbridge\.yaml:1:\d+: Flow map/,
    ],
  ])('%j', (text, problem) => {
    expect(problemOf(text)).toMatch(problem)
  })

  test('all at once', () => {
    expect(problemOf('hub: { prot: 1, host: 5 }\nlog: { level: x }\n').split('\n')).toHaveLength(3)
  })

  test('those inside an expression point into it', () => {
    const text = 'tables:\n  a:\n    events:\n      X:\n        when: "new.a == 1 && status == 2"\n'
    expect(problemOf(text)).toMatch(/^rtbridge\.yaml:5:30: `when` of X uses `status`/)
  })

  test('a condition that can never be one, a wrong template, `auth`', () => {
    const event = (rule: string) => problemOf(`tables: { a: { events: { X: { ${rule} } } } }`)
    expect(event('when: "op"')).toMatch(/is a string, not true or false/)
    expect(event('rooms: ["a:{new.b"]')).toMatch(/`rooms\.0` of X has a `\{` that is not closed/)
    expect(event('data: { x: "auth.id" }')).toMatch(/`data\.x` of X uses `auth`/)
  })

  test('a wrong database url is not shown', () => {
    expect(problemOf('database: { url: [hunter2] }')).not.toContain('hunter2')
  })
})

describe('files that are no configuration', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join()}]`)
    .join('\n')}`

  test.each([
    ['not UTF-8', Uint8Array.of(0x68, 0xff, 0xfe), /not UTF-8/],
    ['too large', new Uint8Array(1_100_000).fill(0x20), /more than 1048576/],
    ['an alias bomb', bomb, /repeats too much/],
    ['too deep', `a: ${'['.repeat(200_000)}`, /nested too deeply/],
    ['a NUL', 'a: \0', /NUL/],
    ['private-use characters', 'a: \uE041', /private-use/],
  ])('%s', (_name, text, problem) => {
    expect(problemOf(text)).toMatch(problem)
  })

  test('a byte order mark and CRLF are fine', () => {
    expect(load('\uFEFFhub:\r\n  port: 9\r\n').config.hub.port).toBe(9)
  })
})

test('whatever the file holds, the answer is a configuration or an error of ours', () => {
  const word = fc.constantFrom(
    'hub',
    'tables',
    'a',
    'events',
    'X',
    'when',
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '\n',
    '\n  ',
    '"',
    '&a',
    '*a',
    '${A',
    '#',
    '|',
    '<<',
    '1',
    'null',
    '? ',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 25 }), words => {
      try {
        load(words.join(' '))
      } catch (error) {
        expect(error).toBeInstanceOf(RtbridgeError)
      }
    }),
    { numRuns: 1_000 },
  )
})

describe('warnings', () => {
  const warningsOf = (rule: string, table = '') =>
    load(`tables: { a: { ${table} events: { X: { ${rule} } } } }`).warnings.join('\n')

  test.each([
    ['on: insert, roles: [boss]', '', /nobody has roles while auth.mode is open/],
    [
      'on: insert, when: "old.x == 1"',
      '',
      /^rtbridge\.yaml:1:\d+: X: it reads `old`, and insert has no old row/,
    ],
    ['on: delete, data: { a: "new.x" }', '', /delete has no new row/],
    ['on: truncate, when: "new.x == 1"', '', /truncate has no new row/],
    ['on: update, rooms: "r:{new.phone}"', 'exclude: phone,', /"phone" is excluded/],
    ['when: "op == \'insert\'"', '', /never "insert"/],
  ])('%s', (rule, table, warning) => {
    expect(warningsOf(rule, table)).toMatch(warning)
  })

  test('are not given for a rule that looks at what its operations have', () => {
    expect(warningsOf('when: "op == \'DELETE\' || old.a != new.a"')).toBe('')
  })
})
