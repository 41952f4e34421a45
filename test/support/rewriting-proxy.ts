import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * Opens a TCP proxy before a database whose answers say another thing: how a server would look that cannot be had.
 * Closed after the test.
 * @param change text of the same length, so that the lengths in the protocol stay right
 * @returns the URL through it
 */
export async function openRewritingProxy(url: string, change: { from: string; to: string }): Promise<string> {
  if (change.from.length !== change.to.length) throw new Error('the texts differ in length')
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(port || 5432), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          near.destroy()
          far.destroy()
          sockets.delete(socket)
        })
    }
    near.pipe(far)
    far.on('data', data => near.write(data.toString('latin1').replaceAll(change.from, change.to), 'latin1'))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const changed = new URL(url)
  changed.hostname = '127.0.0.1'
  changed.port = String((server.address() as AddressInfo).port)
  return changed.href
}
