#!/usr/bin/env node
// What the pages need of psql, for machines without it: the PostgreSQL from npm brings no client programs.
//   psql URL -c SQL        psql URL --set ON_ERROR_STOP=1 --file script        psql URL <script
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Client } from 'pg'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { command: { type: 'string', short: 'c' }, file: { type: 'string' }, set: { type: 'string' } },
})
const script = () => (values.file === undefined ? text(process.stdin) : readFileSync(values.file, 'utf8'))
const [url] = positionals
const client = new Client({ connectionString: url })
await client.connect()
const results = await client.query(values.command ?? (await script()))
for (const { command, rows } of [results].flat()) console.log(command, JSON.stringify(rows))
await client.end()
