import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { rulesFingerprint } from '../../src/config/rules-fingerprint.ts'

function fingerprint(yaml: string): string {
  const readFile = () => Buffer.from(yaml)
  const { config } = loadConfig({ flags: { config: 'rtbridge.yaml' }, env: {}, cwd: '/', readFile })
  return rulesFingerprint(config)
}

const base = 'tables: { item: { events: { ADDED: { on: insert, data: { location: new.a, b: new.b } } } } }'

test.each([
  ['the place in the file', `# comment\n\n${base}`],
  [
    'the style',
    'tables:\n  item:\n    events:\n      ADDED: { data: { b: new.b, location: new.a }, on: [insert] }',
  ],
  ['settings of the hub', `${base}\nhub: { port: 1 }\nlog: { level: debug }`],
])('the fingerprint of rules does not depend on %s', (_, yaml) => {
  expect(fingerprint(yaml)).toBe(fingerprint(base))
})

test.each([
  base.replace('new.a', 'new.c'),
  base.replace('location', 'place'),
  base.replace('on: insert', 'on: update'),
  base.replace('item:', 'items:'),
  base.replace('events', 'exclude: [pin], events'),
  `${base}\nchannels: [legacy]`,
])('other rules have another fingerprint: %s', yaml => {
  expect(fingerprint(yaml)).not.toBe(fingerprint(base))
})
