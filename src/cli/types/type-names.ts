/** Names that the written file needs for itself. */
const taken = ['Schema']

/**
 * What words are made of: letters, digits and marks of scripts that Unicode has long had whole. It gets new ones each year, in blocks of
 * other scripts and beyond the Basic Multilingual Plane, and a compiler knows those of its own year. Latin, Greek, Cyrillic, Armenian,
 * Hebrew, Arabic, Devanagari, Bengali, Gurmukhi, Tamil, Thai, Hangul, kana, Han; and the signs with which Latin is written.
 */
const known =
  '0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u036f\u0370-\u0377\u037b-\u037d\u0386\u0388-\u0523\u0531-\u0556\u0561-\u0587' +
  '\u05b0-\u05ea\u0620-\u06d3\u06f0-\u06fc\u0900-\u0977\u0980-\u09f1\u0a01-\u0a75\u0b82-\u0bef\u0e01-\u0e59\u1e00-\u1fff' +
  '\u3041-\u30ff\u4e00-\u9fa5\uac00-\ud7a3\ufb00-\ufb06'
const betweenWords = new RegExp(`(?:[^${known}]|[^\\p{L}\\p{Nd}\\p{Mn}\\p{Mc}])+`, 'u')
const isKnown = new RegExp(`^[${known}]$`, 'u')

/**
 * Chooses a name for each label: PascalCase, an identifier in TypeScript, unique. The same labels in the same order get
 * the same names.
 * @param labels such as `vehicle_queue` or `sales.orders`; a label may come twice
 */
export function chooseTypeNames(labels: readonly string[]): readonly string[] {
  const used = new Set(taken)
  return labels.map(label => {
    const base = toPascalCase(label)
    let name = base
    for (let count = 2; used.has(name); count++) name = `${base}${/\d$/.test(base) ? '_' : ''}${count}`
    used.add(name)
    return name
  })
}

function toPascalCase(label: string): string {
  const words = label.split(betweenWords).filter(word => word !== '')
  const name = words.map(capitalize).join('')
  // What is left may begin with a digit, or be nothing: a name made of emoji.
  return /^\p{L}/u.test(name) ? name : `Table${name}`
}

function capitalize(word: string): string {
  const [first = ''] = word
  const upper = first.toUpperCase()
  return (isKnown.test(upper) ? upper : first) + word.slice(1)
}
