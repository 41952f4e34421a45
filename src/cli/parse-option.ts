import { InvalidArgumentError } from 'commander'

/** Reads a whole number of an option. @returns a parser for commander, which throws InvalidArgumentError */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return text => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** Reads a positive number of an option. @returns a parser for commander, which throws InvalidArgumentError */
export function positiveNumber(max: number): (text: string) => number {
  return text => {
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
    if (value > 0 && value <= max) return value
    throw new InvalidArgumentError(`Expected a number above 0, up to ${max}.`)
  }
}

/** Reads one of some words, in capitals too. @returns a parser for commander, which throws InvalidArgumentError */
export function oneOf(words: readonly string[]): (text: string) => string {
  return text => {
    const word = text.toLowerCase()
    if (words.includes(word)) return word
    throw new InvalidArgumentError(`Allowed choices are ${words.join(', ')}.`)
  }
}
