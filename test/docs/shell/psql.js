#!/usr/bin/env node
// What the pages need of psql, for machines without it: the PostgreSQL from npm brings no client programs.
//   psql URL -c SQL        psql URL <script
import { text } from 'node:stream/consumers'
import { Client } from 'pg'

const [url, option, sql] = process.argv.slice(2)
if (option !== undefined && option !== '-c') throw new Error(`this psql does not know ${option}`)
const client = new Client({ connectionString: url })
await client.connect()
const results = await client.query(sql ?? (await text(process.stdin)))
for (const { command, rows } of [results].flat()) console.log(command, JSON.stringify(rows))
await client.end()
