import { expect, test } from 'vitest'
import { describeConfig } from '../../src/config/describe-config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { redactConfig } from '../../src/config/redact.ts'

function load(yaml: string, env: Record<string, string> = {}) {
  return loadConfig({ flags: { config: 'rtbridge.yaml' }, env, cwd: '/', readFile: () => Buffer.from(yaml) })
}

function problemsOf(yaml: string): string {
  try {
    load(yaml)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return ''
}

test('rooms no pattern speaks of are open until a pattern is written, and as said when it is said', () => {
  expect(load('').config.rooms).toEqual({ others: 'allow', recheckMs: 10_000, rules: [] })
  const patterns = 'patterns: { lobby: }'
  expect(load(`rooms: { ${patterns} }`).config.rooms.others).toBe('deny')
  expect(load(`rooms: { default: allow, ${patterns} }`).config.rooms.others).toBe('allow')
})

test('a pattern has roles, a condition and a question with a value for each parameter', () => {
  const { config } = load(`
queries:
  owns_order: { sql: "SELECT 1 FROM orders WHERE id = $1 AND customer = $2 -- $3", role: reader }
  is_open: "SELECT open FROM shop"
rooms:
  patterns:
    "order_{id}": { roles: driver, when: "id != ''", query: owns_order, with: [id, auth.sub] }
    shop: { query: is_open }
`)
  expect(config.rooms.rules).toMatchObject([
    {
      pattern: 'order_{id}',
      roles: ['driver'],
      when: "id != ''",
      query: { role: 'reader' },
      with: ['id', 'auth.sub'],
    },
    { pattern: 'shop', roles: null, when: null, query: { name: 'is_open', role: null }, with: [] },
  ])
})

test('what is wrong with rooms is reported together, each with its place', () => {
  const problems = problemsOf(`
queries: { owns: "SELECT 1 WHERE $1 = $2" }
rooms:
  patterns:
    "order_{id}": { when: "new.id == id", query: own }
    "desk_{id}": { query: owns, with: [id] }
    "user:{id}": {}
    "a{b": {}
`)
  for (const problem of [
    '5:28: `when` of order_{id} uses `new`, which is none of `auth`, `room`, `id`',
    'there is no query "own" in `queries`; did you mean "owns"?',
    'the query "owns" takes 2 values, `with` gives 1',
    'rooms that begin with user:, role: or tenant: cannot be joined',
    '`a{b` has a brace without its other half',
  ])
    expect(problems).toContain(problem)
})

test('a key that is unknown is named with those that are allowed', () => {
  expect(problemsOf('rooms: { patterns: { a: { role: x } } }')).toContain('did you mean "roles"?')
  expect(problemsOf('rooms: { pattern: {} }')).toContain('did you mean "patterns"?')
})

test('no password of the bus is shown, whether its URL is right or wrong', () => {
  const loaded = load('bus: { url: "redis://hub:s3cret@redis:6379" }')
  expect(JSON.stringify([describeConfig(loaded), redactConfig(loaded.config)])).not.toContain('s3cret')
  expect(loaded.config.bus.url).toContain('s3cret')
  const wrong = problemsOf('bus: { url: "http://hub:s3cret@redis" }')
  expect(wrong).toContain('expected a URL of a Redis server')
  expect(wrong).not.toContain('s3cret')
  expect(() => load('', { RTBRIDGE_BUS_URL: 'http://x:s3cret@y' })).toThrow(/^(?!.*s3cret)/s)
})
