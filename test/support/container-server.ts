import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** A PostgreSQL in a container. */
export interface ContainerServer {
  readonly url: string
  close(): Promise<void>
}

/** A daemon that takes longer to answer is treated as absent, ms. */
const dockerTimeoutMs = 2_000

/** True when a Docker daemon answers. */
export async function hasDocker(): Promise<boolean> {
  return promisify(execFile)('docker', ['info'], { timeout: dockerTimeoutMs }).then(
    () => true,
    () => false,
  )
}

/** Starts the official image with durability off: the data live as long as the run. */
export async function openContainerServer(major: number): Promise<ContainerServer> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = 'test'
  const container = await new GenericContainer(`postgres:${major}-alpine`)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
    .withExposedPorts(5432)
    // The image starts the server twice: once to initialize, then for good.
    .withWaitStrategy(Wait.forLogMessage('database system is ready to accept connections', 2))
    .start()
  return {
    url: `postgres://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    close: async () => {
      await container.stop()
    },
  }
}
