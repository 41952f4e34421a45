import { define } from './define.ts'

/** What the command line itself finds wrong. */
export const commandErrors = {
  RTB_COMMAND_USAGE: define<{ problem: string; command: string; suggestion: string | null }>({
    actor: 'operator',
    message: ({ problem }) => problem,
    hint: ({ command, suggestion }) =>
      suggestion === null ? `run: ${command} --help` : `did you mean ${suggestion}?`,
  }),
  RTB_COMMAND_UNCONFIRMED: define<{ what: string }>({
    actor: 'operator',
    message: ({ what }) => `not confirmed: ${what}; nothing was changed`,
    hint: () => 'answer "yes", or add --yes where nobody can answer',
  }),
  RTB_COMMAND_FILE_EXISTS: define<{ path: string }>({
    actor: 'operator',
    message: ({ path }) => `${path} exists already; it was not changed`,
    hint: () => 'name another file with --output, or add --force to replace it',
  }),
  RTB_COMMAND_WRITE: define<{ path: string; problem: string }>({
    actor: 'operator',
    message: ({ path, problem }) => `${path} cannot be written: ${problem}`,
    hint: () => 'check that the folder exists and that this user may write there, or name another file',
  }),
  RTB_TYPES_OUTDATED: define<{ path: string; problem: string; command: string }>({
    actor: 'operator',
    message: ({ path, problem }) => `the types in ${path} are out of date: it ${problem}`,
    hint: ({ command }) => `run: ${command}`,
  }),
  RTB_PUBLISH_EVENT_TYPE: define<{ eventType: string }>({
    actor: 'operator',
    message: ({ eventType }) => `${JSON.stringify(eventType)} is not an event type that can be published`,
    hint: () =>
      'use a letter, then up to 99 letters, digits or _ . : - such as BOOKING_CREATED; INSERT, UPDATE, DELETE and TRUNCATE are taken',
  }),
  RTB_PUBLISH_NOT_JSON: define<{ problem: string }>({
    actor: 'operator',
    message: ({ problem }) => `the data is not JSON: ${problem}`,
    hint: () => `quote it for the shell: rtbridge publish SYSTEM_WARNING '{"text": "closing soon"}'`,
  }),
  RTB_COMMAND_TOKEN: define<{ file: string }>({
    actor: 'operator',
    message: ({ file }) => `there is no token in ${file}`,
    hint: () => 'put the key or token, and nothing else, into that file, readable by you alone',
  }),
  RTB_TAIL_UNREACHABLE: define<{ url: string; problem: string }>({
    actor: 'operator',
    message: ({ url, problem }) => `no hub answers at ${url}: ${problem}`,
    hint: () =>
      'start one with `rtbridge serve`, or name another with --url ws://host:8765; a hub with TLS wants wss:// and, when its authority is your own, --ca ca.crt',
  }),
  RTB_TAIL_REJECTED: define<{ code: string; message: string; hint: string }>({
    actor: 'operator',
    message: ({ code, message }) => `the hub did not accept the request: ${message} (${code})`,
    hint: ({ hint }) => hint,
  }),
  RTB_DASHBOARD_OFF: define<object>({
    actor: 'operator',
    message: () => 'this hub has no dashboard: hub.dashboard is off',
    hint: () => 'set hub.dashboard: on, and restart the hub',
  }),
  RTB_DASHBOARD_UNREACHABLE: define<{ address: string; problem: string }>({
    actor: 'operator',
    message: ({ address, problem }) => `no hub answers at ${address}: ${problem}`,
    hint: () => 'start it with `rtbridge serve`, or run this on its machine, with its configuration',
  }),
  RTB_DASHBOARD_REFUSED: define<{ code: string; detail: string; hint: string }>({
    actor: 'operator',
    message: ({ code, detail }) => `the hub gave no link: ${detail} (${code})`,
    hint: ({ hint }) => hint,
  }),
  RTB_SERVICE_ROOT: define<{ command: string }>({
    actor: 'operator',
    message: () => 'only root may change the services of this machine; nothing was changed',
    hint: ({ command }) => `run: sudo ${command}; --dry-run shows what it would do`,
  }),
  RTB_SERVICE_NO_SYSTEMD: define<object>({
    actor: 'operator',
    message: () => 'systemd does not run this machine; nothing was changed',
    hint: () => 'run: rtbridge serve',
  }),
  RTB_SERVICE_FAILED: define<{ command: string; problem: string }>({
    actor: 'operator',
    message: ({ command, problem }) => `${command} failed: ${problem}`,
    hint: () =>
      'see `systemctl status rtbridge` and `journalctl -u rtbridge`, then run it again: what is done already stays',
  }),
  RTB_SERVE_DEADLINE: define<{ seconds: number }>({
    actor: 'rtbridge',
    message: ({ seconds }) => `the hub did not end within ${seconds} s and was cut off`,
    hint: () => 'clients resume with their cursor; please report it with the log lines before it',
  }),
} as const
