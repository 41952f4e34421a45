-- Who is given a value of a setting by ALTER ROLE or ALTER DATABASE, as far as it concerns this database.
-- Parameters: $1 text, the setting; $2 text, the value. Locks: none.
-- Returns holder (in words), role (null = all), reset (the statement that takes it back).
SELECT CASE WHEN r.rolname IS NULL THEN format('database %s', d.datname)
            WHEN d.datname IS NULL THEN format('role %s', r.rolname)
            ELSE format('role %s in database %s', r.rolname, d.datname) END AS holder,
       r.rolname AS role,
       CASE WHEN r.rolname IS NULL AND d.datname IS NULL THEN format('ALTER ROLE ALL RESET %I;', $1::text)
            WHEN r.rolname IS NULL THEN format('ALTER DATABASE %I RESET %I;', d.datname, $1::text)
            WHEN d.datname IS NULL THEN format('ALTER ROLE %I RESET %I;', r.rolname, $1::text)
            ELSE format('ALTER ROLE %I IN DATABASE %I RESET %I;', r.rolname, d.datname, $1::text) END AS reset
FROM pg_db_role_setting s
LEFT JOIN pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE $1::text || '=' || $2::text = ANY (s.setconfig)
  AND (s.setdatabase = 0 OR d.datname = current_database())
ORDER BY holder
