import type { TestDatabase } from '../support/test-database.ts'

type Queryable = Pick<TestDatabase, 'query'>

/** Each query returns lines; what differs between versions of PostgreSQL for the same objects is left out. */
const parts = [
  // Schemas and relations, with their settings.
  `SELECT 'schema ' || quote_ident(n.nspname) FROM pg_namespace n WHERE n.nspname = ANY ($1)`,
  `SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
            WHEN 'v' THEN 'view' ELSE 'relation ' || c.relkind::text END || ' ' || c.oid::regclass
          || coalesce(' with ' || array_to_string(c.reloptions, ', '), '')
   FROM pg_class c WHERE c.relnamespace::regnamespace::text = ANY ($1)`,
  `SELECT 'column ' || a.attrelid::regclass || ' ' || lpad(a.attnum::text, 2, '0') || ' ' || quote_ident(a.attname) || ' '
          || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
          || CASE a.attidentity WHEN 'a' THEN ' generated always as identity' WHEN 'd' THEN ' identity' ELSE '' END
          || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
   WHERE c.relnamespace::regnamespace::text = ANY ($1) AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped`,
  // PostgreSQL 18 counts NOT NULL among the constraints; the columns say it already.
  `SELECT 'constraint ' || c.conrelid::regclass || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid)
   FROM pg_constraint c WHERE c.connamespace::regnamespace::text = ANY ($1) AND c.contype <> 'n' AND c.conrelid <> 0`,
  `SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = ANY ($1)`,
  `SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
   WHERE c.relnamespace::regnamespace::text = ANY ($1) AND NOT t.tgisinternal`,
  `SELECT 'function ' || p.oid::regprocedure || ' returns ' || pg_get_function_result(p.oid) || ' ' || l.lanname || ' '
          || p.provolatile::text || CASE WHEN p.prosecdef THEN ' security definer' ELSE '' END
          || coalesce(' set ' || array_to_string(p.proconfig, ', '), '') || ' arguments ' || pg_get_function_arguments(p.oid)
          || ' body ' || md5(p.prosrc)
   FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace::regnamespace::text = ANY ($1)`,
  // Types of their own, not those that come with a table or a sequence.
  `SELECT 'type ' || t.oid::regtype || ' ' || t.typtype::text FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
   WHERE t.typnamespace::regnamespace::text = ANY ($1) AND t.typelem = 0 AND coalesce(c.relkind, 'c') = 'c'`,
  // What roles other than the owner may do; null as grantee is everyone.
  `SELECT 'grant ' || o.object || ' ' || a.privilege_type || ' to ' || CASE a.grantee WHEN 0 THEN 'everyone' ELSE a.grantee::regrole::text END
   FROM (
     SELECT 'schema ' || n.nspname AS object, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl, n.nspowner AS owner
     FROM pg_namespace n WHERE n.nspname = ANY ($1)
     UNION ALL
     SELECT 'relation ' || c.oid::regclass, c.relacl, c.relowner FROM pg_class c WHERE c.relnamespace::regnamespace::text = ANY ($1)
     UNION ALL
     SELECT 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
     FROM pg_proc p WHERE p.pronamespace::regnamespace::text = ANY ($1)
   ) o, aclexplode(o.acl) a WHERE a.grantee <> o.owner`,
]

/** What is defined in some schemas, as sorted lines. Bodies of functions count by their digest. */
export async function dumpSchemas(database: Queryable, schemas: readonly string[]): Promise<string[]> {
  const results = await Promise.all(parts.map(sql => database.query<Record<string, string>>(sql, [schemas])))
  return results.flatMap(({ rows }) => rows.map(row => Object.values(row).join(' ')).sort())
}

/** Everything in a database that is not PostgreSQL's own, as sorted lines. */
export async function dumpDatabase(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT n.nspname AS name FROM pg_namespace n
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1`,
  )
  const everywhere = await database.query<{ line: string }>(
    `SELECT 'default rights ' || d::text AS line FROM pg_default_acl d
     UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
       WHERE d.datname = current_database()
     UNION ALL SELECT 'extension ' || extname FROM pg_extension
     UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
     UNION ALL SELECT 'publication ' || pubname FROM pg_publication
     UNION ALL SELECT 'cast ' || castsource::regtype || ' ' || casttarget::regtype FROM pg_cast WHERE oid >= 16384
     UNION ALL SELECT 'database ' || coalesce(datacl::text, '') FROM pg_database WHERE datname = current_database()
     ORDER BY 1`,
  )
  const names = rows.map(({ name }) => name)
  return [...(await dumpSchemas(database, names)), ...everywhere.rows.map(({ line }) => line)]
}
