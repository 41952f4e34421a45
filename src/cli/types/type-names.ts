/** Names that the written file needs for itself. */
const taken = ['Schema']

/**
 * What separates words. Beyond the Basic Multilingual Plane not every compiler knows the letters; U+2E2F is a letter to
 * Unicode and none to TypeScript.
 */
const betweenWords = /(?:[^\p{L}\p{Nd}\p{Mn}\p{Mc}]|[\u2e2f\u{10000}-\u{10ffff}])+/u

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
  return (upper.length === 1 ? upper : first) + word.slice(1)
}
