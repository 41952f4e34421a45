// For Electron's main process: one connection for all windows. It has no `Origin` to be let in with, finds hubs on the
// network, trusts the authority it is given and no other, and is not slowed down when a window is hidden.
import { createClient } from 'rtbridge/client'
import { discoverHubs } from 'rtbridge/discover'
import { WebSocket } from 'ws'

/**
 * Opens the connection; `close()` of what it returns ends it.
 * @param options.ca the certificate of your authority (`ca.crt` of `rtbridge cert init`), PEM
 * @param options.ipcMain Electron's
 * @param options.windows gives the windows that are open: `() => BrowserWindow.getAllWindows()`
 * @param options.findUrls where hubs are; default: what announces itself on the local network, with TLS
 */
export function openHub({ ca, ipcMain, windows, storage, findUrls = findOnNetwork }) {
  // Node trusts what it was built with, not what the system trusts.
  class TrustingSocket extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { ca })
    }
  }
  const client = createClient({ url: findUrls, appName: 'Desk', WebSocket: TrustingSocket, storage })
  const tell = (channel, data) => {
    for (const window of windows()) window.webContents.send(channel, data)
  }
  client.onStatus(({ state, stale }) => tell('hub:status', { state, stale }))
  client.on('BOOKING_*', event => tell('hub:event', event))

  const queue = client.table('vehicle_queue', { orderBy: ['destination_id', 'queue_position'] })
  queue.onChange(rows => tell('hub:queue', rows))
  // A window that opens later asks for what is there.
  ipcMain.handle('hub:queue', () => queue.rows)
  return client
}

async function findOnNetwork() {
  const hubs = await discoverHubs({ tls: true })
  return hubs.map(({ url }) => url)
}
