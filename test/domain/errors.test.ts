import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { clientErrors } from '../../src/client/api/client-errors.ts'
import { wholeClientErrors } from '../../src/client/api/whole-client-errors.ts'
import type { Actor, ErrorDefinition } from '../../src/domain/errors/define.ts'
import { registry } from '../../src/domain/errors/registry.ts'

const definitions = Object.entries(registry) as [string, ErrorDefinition<Record<string, string>>][]

const titles: Record<Actor, string> = {
  operator: 'For who runs rtbridge',
  'rule-author': 'For who writes rtbridge.yaml',
  'client-author': 'For who writes an app',
  rtbridge: 'For us',
}

/** What cannot be brought about on the machines that run the tests, and why. */
const outOfReach: Readonly<Record<string, string>> = {
  RTB_HUB_PORT_DENIED: 'root may open every port, and the tests also run as root',
  RTB_DEMO_PLATFORM_UNSUPPORTED: 'the tests run on Linux and macOS, which are supported',
  RTB_DEMO_NO_ACCOUNT: 'it takes a machine without the users postgres and nobody',
  RTB_DEMO_POSTGRES_UNUSABLE: 'it takes binaries for another processor',
  RTB_DEMO_INIT_FAILED: 'it takes an initdb that fails on a folder that was found good before',
  RTB_SERVE_DEADLINE:
    'it takes a part that does not end within its own limit, which would be a fault of ours',
  RTB_INTERNAL: 'whatever brings it about is mended instead',
}

/** Errors that never were in a hub. */
const ofTheClient = { ...clientErrors, ...wholeClientErrors }

/** Named values stand in the text as ‹name›; a list does so whole. */
const placeholders = new Proxy(
  {},
  { get: (_, name) => Object.assign(new String(`‹${String(name)}›`), { join: () => `‹${String(name)}›` }) },
)

function renderDocument(): string {
  const parts = [
    '# Errors\n\nEvery error has a code that never changes its meaning, a message, and a hint that says what to do next.',
  ]
  for (const [actor, title] of Object.entries(titles)) {
    const rows = definitions
      .filter(([, definition]) => definition.actor === actor)
      .map(([code, { message, hint }]) => `### ${code}\n\n${text(message)}\n\n*${text(hint)}*`)
    parts.push(`## ${title}`, ...rows)
  }
  const own = Object.entries(ofTheClient).map(
    ([code, [message, hint]]) => `### ${code}\n\n${message}\n\n*${hint}*`,
  )
  parts.push(
    '## Of the client itself\n\nWhat [the client](client.md) says on its own; some add a detail.',
    ...own,
  )
  return `${parts.join('\n\n')}\n`
}

function text(render: (values: Record<string, string>) => string): string {
  return String(render(placeholders)).replaceAll('*', '\\*')
}

function allTests(): string {
  const folder = new URL('../', import.meta.url)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('domain/errors.test.ts'))
    .map(name => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n')
}

describe('the error registry', () => {
  test('is documented as it is (docs/errors.md; `npx vitest run test/domain/errors.test.ts -u` writes it)', async () => {
    await expect(renderDocument()).toMatchFileSnapshot('../../docs/errors.md')
  })

  test('has a hint for every error', () => {
    expect(definitions.filter(([, { hint }]) => text(hint).length === 0).map(([code]) => code)).toEqual([])
  })

  test('has a code for one error only', () => {
    expect(Object.keys(clientErrors).filter(code => code in wholeClientErrors || code in registry)).toEqual(
      [],
    )
    expect(Object.keys(wholeClientErrors).filter(code => code in registry)).toEqual([])
  })

  test('has every error provoked by a test', () => {
    const tests = allTests()
    const codes = [...definitions.map(([code]) => code), ...Object.keys(ofTheClient)]
    const untested = codes.filter(code => !tests.includes(code))
    expect(untested.filter(code => outOfReach[code] === undefined)).toEqual([])
  })
})
