import { loadConfig } from '../../src/config/load-config.ts'
import type { Policies } from '../../src/domain/policy.ts'

/** The policies of a configuration. @param yaml what stands under `policies:`, as a flow map */
export function loadPolicies(yaml: string): Policies {
  const { config } = loadConfig({
    flags: { config: 'rtbridge.yaml' },
    env: {},
    cwd: '/',
    readFile: () => Buffer.from(`policies: ${yaml}`),
  })
  if (config.policies === null) throw new Error('there are no policies')
  return config.policies
}
