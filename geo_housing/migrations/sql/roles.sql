-- The roles, made idempotently before Alembic runs: cluster-wide, so no migration can own them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_owner') THEN
        CREATE ROLE gh_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_app') THEN
        CREATE ROLE gh_app NOLOGIN NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_backup') THEN
        CREATE ROLE gh_backup NOLOGIN BYPASSRLS;
    END IF;
    -- Who sees one list only: the households of a department, the houses of an organisation's orders.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_department') THEN
        CREATE ROLE gh_department NOLOGIN NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_third_party') THEN
        CREATE ROLE gh_third_party NOLOGIN NOBYPASSRLS;
    END IF;
    -- The login of the service inherits nothing: without going through the door it can do nothing.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gh_service') THEN
        CREATE ROLE gh_service LOGIN NOINHERIT;
    END IF;
    GRANT gh_app, gh_department, gh_third_party TO gh_service;
END
$$;
