-- Who may do what in the database, on PostgreSQL 14 or newer. Run it in Watercooler's database, as a superuser or as a
-- role that may create roles; again after each upgrade (it changes only what is missing):
--
--   psql -v ON_ERROR_STOP=1 -d watercooler -f ops/postgres/roles.sql
--
--   watercooler_owner    owns the tables; `watercooler migrate` and `watercooler restore` run as it
--   watercooler_app      reads and writes rows: workers, beat, web. It cannot change, empty or drop a table
--   watercooler_reader   for dashboards: numbers, times, states; no address, no name of a person, no text, no mail

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['watercooler_owner', 'watercooler_app', 'watercooler_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', name);
    END IF;
    IF NOT pg_has_role(name, 'member') AND name = 'watercooler_owner' THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO watercooler_owner', current_database());
END $$;

ALTER SCHEMA public OWNER TO watercooler_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO watercooler_app, watercooler_reader;

-- Tables that are there already; a table's own sequences go with it.
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'watercooler_owner' LOOP
    EXECUTE format('ALTER TABLE public.%I OWNER TO watercooler_owner', name);
  END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO watercooler_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO watercooler_app;

-- Tables that the owner makes later, or whoever runs this.
ALTER DEFAULT PRIVILEGES FOR ROLE watercooler_owner, CURRENT_USER IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO watercooler_app;
ALTER DEFAULT PRIVILEGES FOR ROLE watercooler_owner, CURRENT_USER IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO watercooler_app;

-- Dashboards see numbers, times and yes or no of every table, and of texts only those named here.
ALTER ROLE watercooler_reader SET default_transaction_read_only = on;
ALTER ROLE watercooler_reader SET statement_timeout = '60s';
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM watercooler_reader;
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT c.table_name AS tab, string_agg(quote_ident(c.column_name), ', ') AS columns
    FROM information_schema.columns AS c
    JOIN pg_tables AS t ON t.schemaname = c.table_schema AND t.tablename = c.table_name
    WHERE c.table_schema = 'public' AND (
      c.data_type IN ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'date',
                      'timestamp with time zone', 'timestamp without time zone')
      OR c.table_name || '.' || c.column_name IN (
        'articles.source', 'articles.outlet', 'articles.language',
        'bounces.kind', 'bounces.status',
        'claims.kind', 'claims.field', 'claims.standing', 'claims.rule', 'claims.source', 'claims.outlet',
        'crawls.source', 'crawls.state',
        'deliveries.state', 'deliveries.kind',
        'failures.source', 'failures.reason',
        'halts.source', 'halts.kind',
        'hosts.host',
        'issues.trigger', 'issues.state',
        'pages.source', 'pages.kind',
        'shows.name', 'shows.key', 'shows.state',
        'slots.period', 'slots.outcome',
        'sources.name', 'sources.state', 'sources.reason',
        'stories.kind', 'stories.field', 'stories.standing', 'stories.state',
        'subscribers.state', 'subscribers.cadence', 'subscribers.language',
        'suppressions.reason',
        'turns.name',
        'updates.change', 'updates.kind', 'updates.field', 'updates.standing'))
    GROUP BY c.table_name
  LOOP
    EXECUTE format('GRANT SELECT (%s) ON public.%I TO watercooler_reader', one.columns, one.tab);
  END LOOP;
END $$;

-- What is erased is overwritten (VACUUM FULL), as whoever works with the tables may be allowed from PostgreSQL 17 on.
-- Before, `watercooler subscribers erase` has to run as the owner, and says so.
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO watercooler_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE watercooler_owner IN SCHEMA public GRANT MAINTAIN ON TABLES TO watercooler_app;
  END IF;
END $$;

-- Which schema the tables are at is the owner's to say.
DO $$
BEGIN
  IF to_regclass('public.alembic_version') IS NOT NULL THEN
    REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM watercooler_app;
  END IF;
END $$;
