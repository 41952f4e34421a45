import { programName } from '../program-name.ts'

export interface DemoAddresses {
  /** The hub, `ws://…`. */
  readonly url: string
  /** The page for admins, `http://…`; null when there is none. */
  readonly dashboard: string | null
  /** The database with its password: it is made for this demo and listens on loopback only. */
  readonly database: string
  readonly cwd: string
}

/** What to do with a running demo, line by line. */
export function describeDemo({ url, dashboard, database, cwd }: DemoAddresses): readonly string[] {
  const columns = 'destination_id, vehicle_license_plate, seats_booked, total_amount'
  const values = "'test-dest', 'TEST123', 2, 10.0"
  return [
    '',
    ...(dashboard === null ? [] : [`Open ${dashboard} in a browser to watch it.`, '']),
    `The hub is on ${url}. In another terminal:`,
    '',
    '  look at the database, or change it',
    `    psql '${database}'`,
    `    psql '${database}' -c "INSERT INTO bookings (${columns}) VALUES (${values})"`,
    '',
    '  listen as an app would',
    `    ${programName(process.argv[1], cwd)} tail --url ${url}`,
    `    npx wscat -c ${url} -x '{"message_type":"register","data":{"app_name":"me"}}' -w 3600`,
    '',
    'Business events as they happen (Ctrl-C ends everything):',
    '',
  ]
}
