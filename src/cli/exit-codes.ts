import type { ErrorCode } from '../domain/errors/registry.ts'

/** What the exit code of every command means. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  configuration: 3,
  database: 4,
  /** A check failed: drift, not installed, a degraded hub. */
  check: 5,
  /** Refused to do something that cannot be undone. */
  refused: 6,
  permission: 7,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const { failure, usage, configuration, database, check, refused, permission } = exitCodes

/** The exit code of a command that ends with an error. Complete: a new error has to be placed here. */
export const exitCodeOf: Readonly<Record<ErrorCode, ExitCode>> = {
  RTB_CONFIG_NOT_FOUND: configuration,
  RTB_CONFIG_UNREADABLE: configuration,
  RTB_CONFIG_SYNTAX: configuration,
  RTB_CONFIG_UNSET: configuration,
  RTB_CONFIG_INVALID: configuration,
  RTB_CONFIG_SETTING: configuration,

  RTB_EXPRESSION_INVALID: configuration,
  RTB_EXPRESSION_FAILED: configuration,
  RTB_TEMPLATE_INVALID: configuration,
  RTB_RULE_INVALID: configuration,
  RTB_ROW_UNREADABLE: failure,

  RTB_DATABASE_HOST_UNKNOWN: database,
  RTB_DATABASE_REFUSED: database,
  RTB_DATABASE_TIMEOUT: database,
  RTB_DATABASE_TLS: database,
  RTB_DATABASE_PASSWORD: database,
  RTB_DATABASE_HBA: database,
  RTB_DATABASE_MISSING: database,
  RTB_DATABASE_SLOTS: database,
  RTB_DATABASE_STARTING: database,
  RTB_DATABASE_STANDBY: database,
  RTB_DATABASE_PERMISSION: permission,
  RTB_DATABASE_LOST: database,
  RTB_DATABASE_TOO_OLD: database,
  RTB_DATABASE_POOLER: check,
  RTB_DATABASE_POOL_MODE: database,
  RTB_DATABASE_FAILED: database,

  RTB_INSTALL_MISSING: check,
  RTB_INSTALL_OUTDATED: check,
  RTB_INSTALL_NEWER: check,
  RTB_INSTALL_FOREIGN_SCHEMA: refused,
  RTB_INSTALL_NOTHING_SELECTED: configuration,
  RTB_INSTALL_TABLE_MISSING: configuration,
  RTB_INSTALL_EXCLUDED_COLUMN: configuration,
  RTB_INSTALL_NOT_OWNER: permission,
  RTB_INSTALL_NO_CREATE: permission,
  RTB_INSTALL_LOCKED: failure,
  RTB_INSTALL_DRIFT: check,

  RTB_CANARY_WRITE: check,
  RTB_CANARY_MISSING: check,
  RTB_CANARY_STUCK: check,
  RTB_HUB_RULES_DIFFER: check,

  // Errors of clients are answered on their connection; a command ends with one only when it is a client itself.
  RTB_CURSOR_UNREADABLE: usage,
  RTB_FRAME_NOT_JSON: failure,
  RTB_FRAME_BINARY: failure,
  RTB_FRAME_TOO_LARGE: failure,
  RTB_FRAME_TOO_DEEP: failure,
  RTB_MESSAGE_UNKNOWN_TYPE: failure,
  RTB_MESSAGE_INVALID: failure,
  RTB_REGISTER_FIRST: failure,
  RTB_REGISTER_TWICE: failure,
  RTB_REGISTER_PENDING: failure,
  RTB_SUBSCRIPTION_UNKNOWN: failure,
  RTB_SUBSCRIPTION_DUPLICATE: failure,
  RTB_SUBSCRIPTION_LIMIT: failure,
  RTB_SUBSCRIPTION_WHERE: usage,
  RTB_SUBSCRIPTION_WORK: usage,
  RTB_ROOM_LIMIT: failure,
  RTB_CUSTOM_EVENT_RESERVED: failure,
  RTB_CUSTOM_EVENT_DURABLE: failure,
  RTB_CUSTOM_EVENT_FAILED: failure,
  RTB_HUB_PORT_IN_USE: failure,
  RTB_HUB_PORT_DENIED: permission,
  RTB_HUB_ADDRESS: configuration,
  RTB_PUBLISH_DENIED: permission,
  RTB_POLICY_HIDES_KEY: configuration,
  RTB_POLICY_COLUMN_MISSING: configuration,

  RTB_COMMAND_USAGE: usage,
  RTB_COMMAND_UNCONFIRMED: refused,
  RTB_COMMAND_FILE_EXISTS: refused,
  RTB_COMMAND_WRITE: failure,
  RTB_PUBLISH_EVENT_TYPE: usage,
  RTB_PUBLISH_NOT_JSON: usage,
  RTB_TAIL_UNREACHABLE: failure,
  RTB_TAIL_REJECTED: usage,
  RTB_SERVE_DEADLINE: failure,

  RTB_DEMO_POSTGRES_MISSING: failure,
  RTB_DEMO_PLATFORM_UNSUPPORTED: failure,
  RTB_DEMO_POSTGRES_UNUSABLE: failure,
  RTB_DEMO_NO_ACCOUNT: failure,
  RTB_DEMO_INIT_FAILED: failure,
  RTB_DEMO_START_FAILED: failure,
  RTB_DEMO_PORT_TAKEN: failure,
  RTB_DEMO_FOLDER_IN_USE: refused,
  RTB_DEMO_FOLDER_FOREIGN: refused,
  RTB_DEMO_FOLDER_VERSION: refused,

  RTB_INTERNAL: failure,
}
