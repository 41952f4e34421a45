import { expect, test } from 'vitest'
import { startServer } from '../../support/start-server.ts'
import { createAilingDatabase } from './ailing-database.ts'

const server = await startServer({ prepare: false })

const configuration = (rule: string) => `
database: { url: "\${DATABASE_URL}", doorbell: off }
tables: { orders: , visits: , notes: }
policies: { tables: { orders: [${rule}], "n*": [{ hide: [anything] }] } }
`

test('a column that a policy hides and that was renamed is named: it would be seen', async () => {
  const database = await createAilingDatabase(server, configuration('{ hide: [pin] }'))
  expect(await database.look('policies')).toMatchObject({ state: 'ok' })
  await database.sql('ALTER TABLE orders RENAME pin TO code')
  expect(await database.look('policies')).toMatchObject({
    state: 'problem',
    found: 'a policy hides the column pin of orders, which has none',
    findings: [{ fix: 'correct it at rtbridge.yaml:4:32' }],
  })
})

test.each([
  [
    '{ where: "new.owner == auth.sub" }',
    'a policy asks for the column owner of orders, which has none: it fails',
  ],
  ['{ tenant: firm }', 'a policy asks for the column firm of orders, which has none: it fails'],
  ['{ hide: [id] }', 'orders is denied, because a policy hides its key column id'],
])('a policy that cannot be kept is named: %s', async (rule, found) => {
  const database = await createAilingDatabase(server, configuration(rule))
  expect(await database.look('policies')).toMatchObject({ state: 'problem', found })
})
