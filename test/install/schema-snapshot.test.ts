import { expect, test } from 'vitest'
import { describeEachMajor } from '../support/describe-each-major.ts'
import { dumpSchemas } from './dump-schema.ts'

// When it changes on purpose: npx vitest run test/install/schema-snapshot.test.ts --update
describeEachMajor('the installed schema', async database => {
  test('is the one that is checked in', async () => {
    const dump = await dumpSchemas(database, ['rtbridge'])
    await expect(`${dump.join('\n')}\n`).toMatchFileSnapshot('schema.snapshot.txt')
  })
})
