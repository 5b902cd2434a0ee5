GRANT SELECT, INSERT, UPDATE ON roster_change TO gh_app;
GRANT SELECT ON roster_change TO gh_backup;
GRANT USAGE ON SEQUENCE roster_change_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE roster_change_id_seq TO gh_backup;
ALTER TABLE roster_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_range ON roster_change TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi())
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- Which rows that a load made something else names by now, whoever sees it: calls, moves into a shelter, signed conclusions.
-- The tables are asked from the catalogue, so that a new one needs no line here.
CREATE FUNCTION roster_used(load bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named record;
BEGIN
    FOR named IN
        SELECT c.oid::regclass::text AS naming, a.attname AS "column", k.kind
        FROM (VALUES ('contacts', 'contact_id'), ('shelters', 'shelter_id'), ('technicians', 'technician_id')) k (kind, "column")
        JOIN pg_attribute a ON a.attname = k."column" AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT r.row_id FROM roster_change r WHERE r.load_id = $1 AND r.kind = %L AND r.before IS NULL'
            ' AND r.scope_code >= gh_area_lo() AND r.scope_code < gh_area_hi()'
            ' AND EXISTS (SELECT FROM %s n WHERE n.%I = r.row_id)', named.kind, named.naming, named."column")
            USING load;
    END LOOP;
END
$$;

-- Remove a row that a load made by mistake: one's own, and nothing names it. The roster removes nothing else.
CREATE FUNCTION roster_take_back(change bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made roster_change;
    gone bigint;
BEGIN
    SELECT * INTO made FROM roster_change r WHERE r.id = change AND r.before IS NULL AND NOT r.is_undone
        AND r.scope_code >= gh_area_lo() AND r.scope_code < gh_area_hi();
    IF made.id IS NULL OR made.row_id IN (SELECT roster_used(made.load_id)) THEN
        RETURN false;
    END IF;
    EXECUTE format('DELETE FROM %I WHERE id = $1 AND batch_id IS NOT NULL AND scope_code >= gh_area_lo()'
        ' AND scope_code < gh_area_hi()',
        CASE made.kind WHEN 'contacts' THEN 'contact' WHEN 'shelters' THEN 'shelter' ELSE 'technician' END)
        USING made.row_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone > 0;
END
$$;
REVOKE EXECUTE ON FUNCTION roster_used(bigint), roster_take_back(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION roster_used(bigint), roster_take_back(bigint) TO gh_app;
