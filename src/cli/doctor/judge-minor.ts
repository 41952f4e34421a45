import { type Finding, warning } from './check.ts'

/** The minor releases of 13 November 2025, by major version. */
const november2025: Readonly<Record<number, number>> = { 13: 23, 14: 20, 15: 15, 16: 11, 17: 7, 18: 1 }

/**
 * Whether a server is older than the minor releases of November 2025.
 * @param versionNumber `server_version_num`: 170006 is 17.6
 * @returns null when it is not, and for majors that have no such release
 */
export function judgeMinor(versionNumber: number): Finding | null {
  const [major, minor] = [Math.floor(versionNumber / 10_000), versionNumber % 10_000]
  const wanted = november2025[major]
  if (wanted === undefined || minor >= wanted) return null
  return warning(
    `PostgreSQL ${major}.${minor} is older than ${major}.${wanted} of November 2025: releases from then on correct faults of the server, some in NOTIFY, on which the doorbell relies`,
    `install the newest PostgreSQL ${major} (data stay as they are), then restart it: sudo apt-get install --only-upgrade postgresql-${major}`,
  )
}
