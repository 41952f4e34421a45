import type { Command } from 'commander'
import { Option } from 'commander'
import { chooseLanguage, type Language } from '../catalogue/translator.ts'
import type { LogLevel } from '../logging.ts'
import type { Host } from './host.ts'

/** Options that every command takes, resolved. */
export interface Globals {
  /** A configuration file named by the flag; null = `RTBRIDGE_CONFIG` or the usual places. */
  readonly config: string | null
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** False = no colour even on a terminal. */
  readonly color: boolean
  /** Null = as configured. */
  readonly logLevel: string | null
  /** Of what is said to people; JSON, logs and the texts of errors are English. */
  readonly language: Language
}

/** Variables behind the flags that are no settings of the configuration. */
export const flagVariables = [
  'RTBRIDGE_JSON',
  'RTBRIDGE_QUIET',
  'RTBRIDGE_VERBOSE',
  'RTBRIDGE_NO_COLOR',
  'RTBRIDGE_LANG',
  'RTBRIDGE_TOKEN',
] as const

// Written out: the logger itself is not needed to parse a command line.
const logLevels = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
] as const satisfies readonly LogLevel[]

/** Adds the options that every command takes. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option(
      '-c, --config <file>',
      'configuration file (RTBRIDGE_CONFIG; else ./rtbridge.yaml, /etc/rtbridge/rtbridge.yaml)',
    )
    .option('--json', 'answer in JSON, stable and versioned (RTBRIDGE_JSON=1)')
    .addOption(
      new Option('--log-level <level>', 'what is logged (RTBRIDGE_LOG_LEVEL, log.level)').choices(logLevels),
    )
    .addOption(
      new Option(
        '--lang <language>',
        'language of answers; errors with a code and their hints stay English (RTBRIDGE_LANG, LC_ALL, LC_MESSAGES, LANG)',
      ).choices(['en', 'fr', 'ar'] satisfies Language[]),
    )
    .option('--no-color', 'no colours (RTBRIDGE_NO_COLOR=1, NO_COLOR=1)')
    .option('-q, --quiet', 'only answers, warnings and errors (RTBRIDGE_QUIET=1)')
    .option('-v, --verbose', 'more detail: log level debug, causes of errors (RTBRIDGE_VERBOSE=1)')
}

/** What commander has read of them; nothing of it is certain after a usage error. */
export interface GlobalValues {
  readonly config?: string
  readonly json?: boolean
  readonly logLevel?: string
  readonly lang?: Language
  readonly color?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** Joins flags and variables; flags win. */
export function readGlobals(values: GlobalValues, env: Host['env']): Globals {
  const isOn = (name: (typeof flagVariables)[number]) =>
    !['', '0', 'false', 'off', 'no'].includes(env[name] ?? '')
  return {
    config: values.config ?? null,
    json: values.json ?? isOn('RTBRIDGE_JSON'),
    quiet: values.quiet ?? isOn('RTBRIDGE_QUIET'),
    verbose: values.verbose ?? isOn('RTBRIDGE_VERBOSE'),
    color: values.color !== false && !isOn('RTBRIDGE_NO_COLOR'),
    logLevel: values.logLevel ?? null,
    language: values.lang ?? languageOf(env),
  }
}

/** The first variable that is set decides, as it does for other programs: `LC_ALL=C` means English. */
function languageOf(env: Host['env']): Language {
  const names = ['RTBRIDGE_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG']
  const wanted = names.map(name => env[name] ?? '').find(value => value !== '')
  return chooseLanguage(wanted === undefined ? [] : [wanted])
}
