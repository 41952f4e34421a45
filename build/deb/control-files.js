/** Nobody is made up: whoever hands the package on says who he is. */
function maintainer() {
  const { DEBFULLNAME = 'rtbridge', DEBEMAIL = 'rtbridge@packages.example.org' } = process.env
  return `${DEBFULLNAME} <${DEBEMAIL}>`
}

/** `DEBIAN/control`. systemd brings systemd-notify, systemd-sysusers and systemd-tmpfiles. */
export function controlFile({ version, engines, kibibytes }) {
  const node = engines.node.replace('>=', '')
  return `Package: rtbridge
Version: ${version}
Architecture: all
Multi-Arch: foreign
Maintainer: ${maintainer()}
Installed-Size: ${kibibytes}
Depends: nodejs (>= ${node}), systemd (>= 250), init-system-helpers (>= 1.54)
Suggests: postgresql, man-db, bash-completion
Section: database
Priority: optional
Description: row changes of PostgreSQL as events on every desk
 A daemon that turns the row changes of a PostgreSQL database (13 to 18) into
 business events and brings them to desktop and web apps over WebSocket and
 server-sent events, in order and without losing one.
 .
 Triggers write a journal in the database; nothing has to be installed into
 the server.
`
}

/**
 * What has changed in the packaging; what has changed in rtbridge stands in the changelog beside it.
 * @param date seconds since 1970
 */
export function debianChangelog({ version, date }) {
  const written = new Date(date * 1_000).toUTCString().replace('GMT', '+0000')
  return `rtbridge (${version}) unstable; urgency=medium

  * Version ${version}; see changelog.gz.

 -- ${maintainer()}  ${written}
`
}

/** `copyright`, machine-readable: the program's licence, and those of the packages that are in its files. */
export function copyrightFile(license, packages) {
  const holder = /^Copyright \(c\) (.*)$/m.exec(license)?.[1] ?? 'the authors of rtbridge'
  const permission = license.slice(license.indexOf('Permission is hereby'))
  const others = packages.map(each => {
    const { name, version, license: kind, author = `the authors of ${name}` } = each
    return `Files: ${name}-${version}
Copyright: ${/^\s*(Copyright .*)$/im.exec(each.text)?.[1] ?? author}
License: ${name}-${kind.replaceAll(/[^\w.+-]+/g, '-')}
${indent(`${licenceText(each, permission)}\n${each.notice}`)}`
  })
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Comment: usr/share/rtbridge/dist holds the packages below, too: bundled into
 program/main.js and into the dashboard.

Files: *
Copyright: ${holder}
License: Expat
${indent(license)}

${others.join('\n\n')}
`
}

/** Debian has the longest of them on every machine. A few packages name their licence only. */
function licenceText({ license, text }, permission) {
  if (/Apache/i.test(license))
    return 'On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.'
  if (text !== '') return text
  return license === 'MIT' ? permission : `${license}, as its package says`
}

function indent(text) {
  return text
    .trim()
    .split(/\r?\n/)
    .map(line => (line.trim() === '' ? ' .' : ` ${line.trimEnd()}`))
    .join('\n')
}
