import type { ClientEvent } from './client-event.ts'

/** What `rtbridge types` writes of a database: rows by table, and events by name. */
export interface SchemaShape {
  readonly tables: object
  readonly events: object
}

/** What is known of one event: its data, and where it comes from. */
export interface EventShape {
  readonly data: unknown
  readonly table?: string | null
  readonly op?: string
}

/** The schema of a client that was told none: any name is right, and nothing is known of the data. */
export interface AnySchema {
  readonly tables: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly events: Readonly<Record<string, EventShape>>
}

/** Names of the events that each table has without a rule. */
export type TableEventName = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'

/** A name with `*` or `?` in it. */
export type NamePattern = `${string}*${string}` | `${string}?${string}`

/** Names of tables, as a live table takes them. */
export type TableName<S extends SchemaShape> = Extract<keyof S['tables'], string>

/** The row of a table. */
export type RowOf<S extends SchemaShape, Table extends TableName<S>> = S['tables'][Table]

/** What can be subscribed to: any text without a schema; with one its events, those of tables, and patterns. */
export type EventName<S extends SchemaShape> =
  | Extract<keyof S['events'], string>
  | (string extends keyof S['events'] ? string : TableEventName | NamePattern)

/** Tables that a filter can name: with a schema its tables and patterns. */
export type TableFilter<S extends SchemaShape> =
  | TableName<S>
  | (string extends keyof S['tables'] ? string : NamePattern)

/** The event of a name. `*` and patterns give any event, INSERT and the like one of any table. */
export type EventOf<S extends SchemaShape, Name extends string> = string extends keyof S['events']
  ? ClientEvent<Name extends NamePattern ? string : Name>
  : Name extends keyof S['events']
    ? NamedEvent<Name, S['events'][Name]>
    : Name extends TableEventName
      ? TableEvent<S, Name>
      : ClientEvent

/** Distributes over the shapes of an event that several tables have: its table then tells which data it has. */
type NamedEvent<Name extends string, Shape> = Shape extends unknown
  ? ClientEvent<Name, FieldOf<Shape, 'data'>> & {
      readonly table: FieldOf<Shape, 'table'> & (string | null)
      readonly op: FieldOf<Shape, 'op'> & ClientEvent['op']
    }
  : never

type FieldOf<Shape, Name extends string> = Shape extends { readonly [Field in Name]: infer Value }
  ? Value
  : unknown

type TableEvent<S extends SchemaShape, Name extends TableEventName> = {
  [Table in TableName<S>]: ClientEvent<Name, Name extends 'TRUNCATE' ? null : RowOf<S, Table>> & {
    readonly table: Table
    readonly op: Name
  }
}[TableName<S>]
