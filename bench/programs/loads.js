// What the writers do. Each load has the tables it needs, made in the schema on the search_path, the tables that are
// captured with their keys, and one transaction.
const prepared = (client, name, text, values) => client.query({ name, text, values })
const anyOf = count => 1 + Math.floor(Math.random() * count)

/** As many branches as writers, so that these rarely wait for each other; pgbench asks for the same. */
const scale = 50
const accounts = scale * 2_000

const bookings = `
  CREATE TABLE bookings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, destination_id text NOT NULL,
    license_plate text NOT NULL, seats int NOT NULL, amount numeric(10,2) NOT NULL, status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now())`

const details = Array.from({ length: 22 }, (_, nth) => `passenger_detail_${nth + 1}`)

export const loads = {
  /** One small row per transaction and nothing else: the most that capturing can cost. */
  insert: {
    captured: { bookings: ['id'] },
    setUp: bookings,
    transaction: (client, { writer, count }) =>
      prepared(
        client,
        'insert',
        `INSERT INTO bookings (destination_id, license_plate, seats, amount, status) VALUES ($1, $2, $3, $4, 'ACTIVE')`,
        [`station-${writer % 7}`, `${writer} TUN ${count}`, (count % 8) + 1, '12.50'],
      ),
  },

  /** One row of the writer's own changed per transaction. */
  update: {
    captured: { bookings: ['id'] },
    setUp: `${bookings}; INSERT INTO bookings (destination_id, license_plate, seats, amount, status)
      SELECT 'station-1', n || ' TUN', 1, '12.50', 'ACTIVE' FROM generate_series(1, 6400) n`,
    transaction: (client, { writer, count }) =>
      prepared(client, 'update', 'UPDATE bookings SET seats = seats + 1 WHERE id = $1', [
        1 + writer * 100 + (count % 100),
      ]),
  },

  /** A thousand rows of the writer's own changed per transaction. */
  bulk: {
    captured: { bookings: ['id'] },
    setUp: `${bookings}; INSERT INTO bookings (destination_id, license_plate, seats, amount, status)
      SELECT 'station-1', n || ' TUN', 1, '12.50', 'ACTIVE' FROM generate_series(1, 64000) n`,
    transaction: (client, { writer }) =>
      prepared(client, 'bulk', 'UPDATE bookings SET seats = seats + 1 WHERE id > $1 AND id <= $2', [
        writer * 1_000,
        (writer + 1) * 1_000,
      ]),
  },

  /** The same of a table with 24 columns, whose rows take more as JSON than as they are stored. */
  wide: {
    captured: { passengers: ['id'] },
    setUp: `CREATE TABLE passengers (id bigint PRIMARY KEY, seats int NOT NULL, ${details.map(column => `${column} text`).join(', ')});
      INSERT INTO passengers SELECT n, 1, ${details.map(column => `left(md5('${column}' || n), 20)`).join(', ')}
      FROM generate_series(1, 64000) n`,
    transaction: (client, { writer }) =>
      prepared(client, 'wide', 'UPDATE passengers SET seats = seats + 1 WHERE id > $1 AND id <= $2', [
        writer * 1_000,
        (writer + 1) * 1_000,
      ]),
  },

  /** The TPC-B-like transaction of pgbench: five statements on four tables, the accounts captured. */
  pgbench: {
    captured: { accounts: ['aid'] },
    setUp: `
      CREATE TABLE branches (bid int PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 10);
      CREATE TABLE tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 10);
      CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84)) WITH (fillfactor = 90);
      CREATE TABLE history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
      INSERT INTO branches SELECT n, 0 FROM generate_series(1, ${scale}) n;
      INSERT INTO tellers SELECT n, n % ${scale} + 1, 0 FROM generate_series(1, ${scale * 10}) n;
      INSERT INTO accounts SELECT n, n % ${scale} + 1, 0, '' FROM generate_series(1, ${accounts}) n`,
    async transaction(client) {
      const [aid, bid, tid, delta] = [anyOf(accounts), anyOf(scale), anyOf(scale * 10), anyOf(10_001) - 5_001]
      await client.query('BEGIN')
      await prepared(client, 'u1', 'UPDATE accounts SET abalance = abalance + $1 WHERE aid = $2', [
        delta,
        aid,
      ])
      await prepared(client, 's', 'SELECT abalance FROM accounts WHERE aid = $1', [aid])
      await prepared(client, 'u2', 'UPDATE tellers SET tbalance = tbalance + $1 WHERE tid = $2', [delta, tid])
      await prepared(client, 'u3', 'UPDATE branches SET bbalance = bbalance + $1 WHERE bid = $2', [
        delta,
        bid,
      ])
      await prepared(
        client,
        'i',
        'INSERT INTO history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, now())',
        [tid, bid, aid, delta],
      )
      await client.query('COMMIT')
    },
  },
}
