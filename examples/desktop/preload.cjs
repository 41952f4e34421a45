// What a window may do with the hub: listen, and ask. It gets no connection, no token and no Node.
const { contextBridge, ipcRenderer } = require('electron')

const listen = channel => listener => {
  const hear = (_event, data) => listener(data)
  ipcRenderer.on(channel, hear)
  return () => ipcRenderer.off(channel, hear)
}

contextBridge.exposeInMainWorld('hub', {
  onStatus: listen('hub:status'),
  onEvent: listen('hub:event'),
  onQueue: listen('hub:queue'),
  queue: () => ipcRenderer.invoke('hub:queue'),
})
