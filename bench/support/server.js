import pg from 'pg'
import { openEmbeddedServer } from '../../dist/demo/embedded-server.js'

/**
 * A PostgreSQL of the benchmark's own, with its usual durability: fsync and synchronous_commit are on.
 * Each contender gets a database: a NOTIFY is heard by every listener of a database, whoever it is meant for.
 */
export async function openServer(settings = {}) {
  const server = await openEmbeddedServer({
    settings: { max_connections: '600', shared_buffers: '256MB', max_wal_size: '4GB', ...settings },
  })
  const admin = await connect(server.url())
  return {
    admin,
    /** Makes a database; gives its URL. */
    async createDatabase(name) {
      await admin.query(`CREATE DATABASE "${name}"`)
      return server.url(name)
    },
    async close() {
      await admin.end()
      await server.close()
    },
  }
}

/** An open connection. */
export async function connect(url) {
  const client = new pg.Client({ connectionString: url })
  // A server that goes down with the benchmark is no error.
  client.on('error', () => {})
  await client.connect()
  return client
}
