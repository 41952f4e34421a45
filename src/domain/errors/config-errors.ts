import { define } from './define.ts'

/** The person who configures rtbridge has to act. */
export const configErrors = {
  RTB_CONFIG_NOT_FOUND: define<{ path: string; namedBy: string }>({
    actor: 'operator',
    message: ({ path, namedBy }) => `there is no configuration file ${path} (named by ${namedBy})`,
    hint: () => 'correct the path, or leave it out: rtbridge.yaml is looked for here and in /etc/rtbridge',
  }),
  RTB_CONFIG_FORBIDDEN: define<{ path: string }>({
    actor: 'operator',
    message: ({ path }) => `this user may not read the configuration in ${path}`,
    hint: () =>
      "run the same command as the user of the hub: `sudo -u rtbridge rtbridge …`; `install-triggers` and `uninstall-triggers` as the owner of the tables: `sudo runuser -u postgres -G rtbridge -- env PGOPTIONS='-c role=<owner>' rtbridge …`; if this is that user, let it read the file",
  }),
  RTB_CONFIG_UNREADABLE: define<{ path: string; problem: string }>({
    actor: 'operator',
    message: ({ path, problem }) => `the configuration file ${path} cannot be read: ${problem}`,
    hint: () => 'it has to be a YAML file in UTF-8, below 1 MiB',
  }),
  RTB_CONFIG_SYNTAX: define<{ location: string; problem: string }>({
    actor: 'operator',
    message: ({ location, problem }) => `${location}: ${problem}`,
    hint: () => 'it has to be YAML: indent with spaces, and put values with special characters in quotes',
  }),
  RTB_CONFIG_UNSET: define<{ location: string; name: string }>({
    actor: 'operator',
    message: ({ location, name }) => `${location}: the environment variable ${name} is not set`,
    hint: ({ name }) => `set it, or give a default: \${${name}:-value}; \`$\${\` stands for \`\${\` itself`,
  }),
  RTB_CONFIG_INVALID: define<{ problems: readonly string[] }>({
    actor: 'operator',
    message: ({ problems }) => problems.join('\n'),
    hint: () =>
      'correct it there, then run `rtbridge config check`; `rtbridge config schema` lists what is allowed',
  }),
  RTB_CONFIG_SETTING: define<{ origin: string; key: string; expected: string }>({
    actor: 'operator',
    message: ({ origin, key, expected }) => `${origin} is not a value for ${key}: expected ${expected}`,
    hint: () => 'correct it, or unset it to use the file or the default',
  }),
  RTB_CONFIG_RELOAD: define<{ problem: string }>({
    actor: 'operator',
    message: ({ problem }) => `the reload changed nothing: ${problem}`,
    hint: () => 'what was in force before still is; see what `rtbridge config check` says, then reload again',
  }),
} as const
