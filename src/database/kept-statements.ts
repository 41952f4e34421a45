/** A statement that a session parses and plans once. */
export interface KeptStatement {
  readonly name: string
  /** Names of its columns; null before it ran for the first time. */
  columns: readonly string[] | null
}

/** The statements that a session keeps: few, each with a text of its own. */
export class KeptStatements {
  readonly #statements = new Map<string, KeptStatement>()

  of(sql: string): KeptStatement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = { name: `rtbridge_${this.#statements.size + 1}`, columns: null }
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
