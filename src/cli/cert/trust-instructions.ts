/** How a system is told to trust an authority, by the person who administers it. */
export const trustInstructions = [
  {
    system: 'Debian, Ubuntu',
    steps: ['sudo cp {ca} /usr/local/share/ca-certificates/rtbridge.crt', 'sudo update-ca-certificates'],
  },
  {
    system: 'Fedora, RHEL',
    steps: ['sudo cp {ca} /etc/pki/ca-trust/source/anchors/rtbridge.crt', 'sudo update-ca-trust'],
  },
  {
    system: 'macOS',
    steps: ['sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {ca}'],
  },
  { system: 'Windows (as administrator)', steps: ['certutil -addstore -f Root {ca}'] },
  {
    system: 'Firefox',
    steps: ['Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import: {ca}'],
  },
  { system: 'Node.js and Electron tools', steps: ['NODE_EXTRA_CA_CERTS={ca}'] },
] as const
