import { type MachineCheck, warning } from './check.ts'

/** Which file holds the configuration, and what in it is probably not meant. */
export const configurationCheck: MachineCheck = {
  name: 'configuration',
  look: ({ path, tried, warnings }) => {
    const passed = tried.filter(one => one !== path)
    const found =
      path === null
        ? `no file, so the defaults hold (looked for ${passed.join(', ') || 'none'})`
        : `${path} is valid${passed.length === 0 ? '' : ` (not there: ${passed.join(', ')})`}`
    return { found, findings: warnings.map(text => warning(text, null)) }
  },
}
