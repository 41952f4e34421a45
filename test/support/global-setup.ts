import type { TestProject } from 'vitest/node'
import { openServerBroker } from './server-broker.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where test files ask for a database server. */
    serverBrokerPort: number
  }
}

/** Runs once per run: servers are started on demand and all stopped at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await openServerBroker()
  project.provide('serverBrokerPort', broker.port)
  return () => broker.close()
}
