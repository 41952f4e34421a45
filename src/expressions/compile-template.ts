import { rtbridgeError } from '../domain/errors/registry.ts'
import type { Expression, ExpressionOptions, ExpressionProblem } from './compile-expression.ts'
import { tryCompile } from './compile-expression.ts'
import { decodeString } from './json-text.ts'
import type { Scope } from './scope.ts'

/** A text with expressions in braces: `destination:{new.destination_id}`. */
export interface Template {
  readonly source: string
  /** The expressions in it, in order. */
  readonly expressions: readonly Expression[]
  /**
   * Fills it in: strings as they are, numbers with the row's own digits.
   * @throws RTB_EXPRESSION_FAILED when an expression fails
   * @returns null when an expression is null: an address with a hole is nobody's
   */
  fill(scope: Scope): string | null
}

/**
 * Compiles a template. Two braces stand for one: `{{` and `}}`.
 * @throws RTB_TEMPLATE_INVALID
 */
export function compileTemplate(source: string, options: ExpressionOptions = {}): Template {
  const result = tryCompileTemplate(source, options)
  if ('problem' in result) throw rtbridgeError('RTB_TEMPLATE_INVALID', { source, ...result })
  return result
}

/** The same without throwing, for callers that report the place themselves. */
export function tryCompileTemplate(
  source: string,
  options: ExpressionOptions = {},
): Template | ExpressionProblem {
  const parts: (string | Expression)[] = []
  for (let at = 0; at < source.length; ) {
    const char = source.charAt(at)
    if ((char === '{' || char === '}') && source[at + 1] === char) {
      parts.push(char)
      at += 2
    } else if (char === '{') {
      const end = expressionEnd(source, at + 1)
      if (end === -1) return { problem: 'has a `{` that is not closed', offset: at }
      const expression = tryCompile(source.slice(at + 1, end), options)
      if ('problem' in expression) return { ...expression, offset: at + 1 + expression.offset }
      parts.push(expression)
      at = end + 1
    } else if (char === '}') {
      return { problem: 'has a `}` too many (write `}}` for the character itself)', offset: at }
    } else {
      const next = source.slice(at).search(/[{}]/)
      const end = next === -1 ? source.length : at + next
      parts.push(source.slice(at, end))
      at = end
    }
  }
  return createTemplate(source, parts)
}

function createTemplate(source: string, parts: readonly (string | Expression)[]): Template {
  return {
    source,
    expressions: parts.filter(part => typeof part !== 'string'),
    fill: scope => {
      let text = ''
      for (const part of parts) {
        const piece = typeof part === 'string' ? part : fillIn(part, scope)
        if (piece === null) return null
        text += piece
      }
      return text
    },
  }
}

function fillIn(expression: Expression, scope: Scope): string | null {
  const json = expression.toJson(scope)
  if (json === 'null') return null
  return json.startsWith('"') ? decodeString(json) : json
}

/** The position of the brace that closes an expression, looking past strings and inner braces. */
function expressionEnd(source: string, start: number): number {
  let depth = 0
  for (let i = start; i < source.length; i++) {
    const char = source[i]
    if (char === '"' || char === "'") {
      i = closingQuote(source, i)
      if (i === -1) return -1
    } else if (char === '{') depth++
    else if (char === '}' && depth-- === 0) return i
  }
  return -1
}

function closingQuote(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === source[start]) return i
  }
  return -1
}
