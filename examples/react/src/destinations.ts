/** Where vehicles go, in the order of the board. Another destination is shown by its id. */
const destinations: Readonly<Record<string, { readonly name: string; readonly nameAr: string }>> = {
  tunis: { name: 'Tunis', nameAr: 'تونس' },
  sfax: { name: 'Sfax', nameAr: 'صفاقس' },
  sousse: { name: 'Sousse', nameAr: 'سوسة' },
  kairouan: { name: 'Kairouan', nameAr: 'القيروان' },
  mahdia: { name: 'Mahdia', nameAr: 'المهدية' },
}

/** What a destination is called. */
export function destinationName(id: string): { readonly name: string; readonly nameAr: string | null } {
  return destinations[id] ?? { name: id, nameAr: null }
}
