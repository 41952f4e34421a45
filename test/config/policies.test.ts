import { describe, expect, test } from 'vitest'
import { configJsonSchema } from '../../src/config/file-schema.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { rulesFingerprint } from '../../src/config/rules-fingerprint.ts'
import { loadPolicies } from '../support/load-policies.ts'

function load(text: string) {
  const readFile = () => Buffer.from(text)
  return loadConfig({ flags: { config: 'rtbridge.yaml' }, env: {}, cwd: '/', readFile })
}

function problemOf(text: string): string {
  try {
    load(text)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the file was accepted')
}

describe('policies', () => {
  test('are none when the file has none, and allow what they do not name when it says nothing', () => {
    expect(load('hub: {}').config.policies).toBeNull()
    expect(load('policies: {}').config.policies).toEqual({
      default: 'allow',
      tables: [],
      events: [],
      publish: null,
    })
  })

  test('are built as they are written', () => {
    const built = loadPolicies(`{ default: deny, tables: { bookings: [{ roles: customer, where: "new.mine",
      tenant: t, hide: pin }, { deny: true }] }, publish: [{ roles: [a, b], events: X, rooms: "r_*" }] }`)
    expect(built).toMatchObject({
      default: 'deny',
      tables: [
        {
          name: 'bookings',
          rules: [
            { deny: false, roles: ['customer'], where: 'new.mine', tenant: 't', hide: ['pin'] },
            { deny: true, roles: null, where: null, tenant: null, hide: [] },
          ],
        },
      ],
      publish: [{ deny: false, roles: ['a', 'b'], events: ['X'], rooms: ['r_*'] }],
    })
  })

  test.each([
    ['{ defualt: deny }', /1:13: unknown key "defualt" in policies; did you mean "default"\?/],
    ['{ default: no }', /1:22: policies\.default: found "no", expected one of allow, deny/],
    ['{ tables: { a: { roles: b } } }', /policies\.tables\.a: found a map, expected a list/],
    ['{ tables: { a: } }', /policies\.tables\.a: found nothing, expected a list/],
    ['{ tables: { a: [{ rols: b }] } }', /1:29: unknown key "rols".*did you mean "roles"\?/],
    ['{ tables: { a: [{ deny: "yes" }] } }', /expected true or false/],
    ['{ tables: { "a b": [] } }', /`a b` is not a table/],
    ['{ tables: { a: [{ where: "new." }] } }', /1:4\d: `where` is not valid/],
    ['{ tables: { a: [{ where: "row.x == 1" }] } }', /1:37: `where` uses `row`, which is none of/],
    ['{ tables: { a: [{ where: "size(new)" }] } }', /`where` is a int, not true or false/],
    ['{ tables: { a: [{ deny: true, hide: x }] } }', /1:47: a rule that denies shows nothing/],
    ['{ events: { A: [{ hide: x }] } }', /unknown key "hide" in policies\.events\.A\.0/],
    ['{ events: { INSERT: [] } }', /1:23: INSERT is a table event/],
    ['{ publish: [{ event: A }] }', /unknown key "event" in policies\.publish\.0; did you mean "events"\?/],
  ])('that are wrong are reported with their place: %s', (policies, problem) => {
    expect(problemOf(`policies: ${policies}`)).toMatch(problem)
  })

  test('cannot hide what is excluded', () => {
    const problem = problemOf('tables: { a: { exclude: pin } }\npolicies: { tables: { a: [{ hide: pin }] } }')
    expect(problem).toMatch(/2:35: "pin" is excluded from a/)
  })

  test.each([
    [
      '{ tables: { boking: [] } }',
      /the policy of `boking` is for no table of `tables`; did you mean `booking`\?/,
    ],
    ['{ tables: { "sales.x*": [] } }', /the policy of `sales\.x\*` is for no table/],
    ['{ events: { CREATE: [] } }', /no rule makes CREATE; did you mean CREATED\?/],
  ])('that probably mean something else are a warning: %s', (policies, warning) => {
    const tables = 'tables: { booking: { events: { CREATED: { on: insert } } }, "sales.y": }'
    expect(load(`${tables}\npolicies: ${policies}`).warnings).toEqual([expect.stringMatching(warning)])
  })

  test.each([
    ['a table that a pattern captures', 'tables: ["sales.*"]', '{ tables: { sales.x: [] } }'],
    ['a pattern that may meet another', 'tables: ["sales.*"]', '{ tables: { "*.x": [] } }'],
    ['any table where all are captured', 'hub: {}', '{ tables: { anything: [] } }'],
    ['an event that apps send', 'tables: [a]', '{ events: { CHAT_LINE: [], "X_*": [] } }'],
  ])('of %s give no warning', (_what, rest, policies) => {
    expect(load(`${rest}\npolicies: ${policies}`).warnings).toEqual([])
  })

  test('are part of what hubs compare, their place in the file is not', () => {
    const print = (text: string) => rulesFingerprint(load(text).config)
    const base = 'policies: { tables: { a: [{ where: "new.x" }] } }'
    expect(print(`# comment\n\n${base}`)).toBe(print(base))
    expect(print(base.replace('new.x', 'new.y'))).not.toBe(print(base))
    expect(print('hub: {}')).not.toBe(print(base))
  })

  test('are part of the schema for editors', () => {
    expect(configJsonSchema()).toMatchObject({ properties: { policies: expect.anything() } })
  })
})
