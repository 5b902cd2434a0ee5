-- What the map shows has changed: one row per changing statement, so that a tile's ETag is asked from a few rows.
-- Rows are only added (a counter in one row would make all writers wait for each other). A reader takes number,
-- sum and greatest id of the committed rows: a transaction that commits late still changes them.
GRANT SELECT, INSERT, DELETE ON layer_change TO gh_app;

CREATE FUNCTION layer_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO layer_change (layer) VALUES (TG_ARGV[0]);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION layer_changed() FROM PUBLIC;

CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON house
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('houses');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON household
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('houses');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON area
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('areas');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON hazard_event
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('zones');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON hazard_zone
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('zones');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON emergency_inspection
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('inspections');

-- Keeps the table short: one new row stands for all committed ones, and no state comes back that a reader has seen.
CREATE FUNCTION layer_change_fold() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded bigint;
BEGIN
    -- Folding makes a new version of every layer: not while the table is short anyway.
    IF (SELECT count(*) FROM layer_change) < 1000 OR NOT pg_try_advisory_xact_lock(hashtext('layer_change_fold')) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM layer_change RETURNING layer
    ), kept AS (
        INSERT INTO layer_change (layer) SELECT DISTINCT layer FROM taken
    )
    SELECT count(*) INTO folded FROM taken;
    RETURN folded;
END
$$;
REVOKE ALL ON FUNCTION layer_change_fold() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION layer_change_fold() TO gh_app;
