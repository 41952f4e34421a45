import { type Finding, type MachineCheck, problem } from './check.ts'

/** The oldest Node that rtbridge is built for, as `engines` in its package says. */
const oldest = [20, 19] as const

/** The Node that runs this command; a service may be run by another. */
export const nodeCheck = {
  name: 'node',
  look: () => {
    const finding = judgeNode(process.versions.node)
    return { found: `Node ${process.versions.node}`, findings: finding === null ? [] : [finding] }
  },
} satisfies MachineCheck

/** @param version as in `process.versions.node`; null = new enough */
export function judgeNode(version: string): Finding | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return null
  return problem(
    `Node ${version} is too old: rtbridge needs ${oldest.join('.')} or newer`,
    'install a supported version from https://nodejs.org/en/download, then: node --version',
  )
}
