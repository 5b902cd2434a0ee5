-- History stays as it was written, also against the owner of the tables; only the demo's goes (0001_demo.sql).
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'zone_revision' THEN
        IF EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id
                AND (e.is_demo OR EXISTS (SELECT FROM area a WHERE a.code = e.scope_code AND a.is_demo))) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

DO $$
DECLARE
    history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['journal_entry', 'journal_digest', 'zone_revision', 'policy_setting'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION refuse_change()', history);
        EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', history);
    END LOOP;
END
$$;

-- A grade record may follow its house into another village; nothing else of it changes.
CREATE FUNCTION refuse_grade_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'scope_code' = to_jsonb(NEW) - 'scope_code' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM house h WHERE h.id = OLD.house_id AND h.is_demo) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'grade_record is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON grade_record
    FOR EACH ROW EXECUTE FUNCTION refuse_grade_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON grade_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When a house is placed elsewhere, everything that hangs on it follows at once: a child row with the old
-- scope would be invisible to the village that is now responsible. Runs as owner, so that it sees both sides.
CREATE FUNCTION house_scope_followed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
    codes text[];
BEGIN
    -- EXCEPT is hashed; a join of the two row sets has no statistics and becomes quadratic.
    SELECT array_agg(id), array_agg(scope_code) INTO ids, codes FROM (
        SELECT id, scope_code FROM after_rows EXCEPT SELECT id, scope_code FROM before_rows) moved;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE household k SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code)
        JOIN house_household l ON l.house_id = m.id AND l.relation = 'lives' AND l.to_on IS NULL
        WHERE k.id = l.household_id AND k.scope_code <> m.code;
    UPDATE category_certificate c SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code)
        JOIN house_household l ON l.house_id = m.id AND l.relation = 'lives' AND l.to_on IS NULL
        WHERE c.household_id = l.household_id AND c.scope_code <> m.code;
    UPDATE house_household t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE house_alias t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE grade_record t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE ledger_difference t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    -- The township's desk hands it on: the village that had the task is no longer the house's.
    UPDATE emergency_inspection t SET scope_code = m.code, assignee_area = left(m.code, 9)
        FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE inspection_photo p SET scope_code = e.scope_code
        FROM emergency_inspection e WHERE e.house_id = ANY (ids) AND p.inspection_id = e.id;
    -- The picture itself, unless it also belongs to an inspection that stays.
    UPDATE stored_file f SET scope_code = p.scope_code
        FROM inspection_photo p JOIN emergency_inspection e ON e.id = p.inspection_id
        WHERE e.house_id = ANY (ids) AND f.id = p.file_id AND f.scope_code <> p.scope_code
          AND NOT EXISTS (SELECT FROM inspection_photo o WHERE o.file_id = f.id AND o.scope_code <> p.scope_code);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION house_scope_followed() FROM PUBLIC;
CREATE TRIGGER scope_followed AFTER UPDATE ON house
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION house_scope_followed();

-- The grid of counts: statement triggers append deltas, a job folds them, readers add both (D15).
CREATE FUNCTION house_grid_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO house_grid_delta (cell, scope_code, risk, renovation, houses)
        SELECT tile_key >> 16, scope_code, risk, renovation, count(*) FROM after_rows
        WHERE tile_key IS NOT NULL AND ended_on IS NULL GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END
$$;
CREATE FUNCTION house_grid_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO house_grid_delta (cell, scope_code, risk, renovation, houses)
        SELECT cell, scope_code, risk, renovation, sum(n) FROM (
            SELECT tile_key >> 16 AS cell, scope_code, risk, renovation, -1 AS n FROM before_rows
                WHERE tile_key IS NOT NULL AND ended_on IS NULL
            UNION ALL
            SELECT tile_key >> 16, scope_code, risk, renovation, 1 FROM after_rows
                WHERE tile_key IS NOT NULL AND ended_on IS NULL
        ) change GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    RETURN NULL;
END
$$;
CREATE FUNCTION house_grid_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO house_grid_delta (cell, scope_code, risk, renovation, houses)
        SELECT tile_key >> 16, scope_code, risk, renovation, -count(*) FROM before_rows
        WHERE tile_key IS NOT NULL AND ended_on IS NULL GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END
$$;
CREATE TRIGGER grid_inserted AFTER INSERT ON house REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION house_grid_inserted();
CREATE TRIGGER grid_updated AFTER UPDATE ON house REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION house_grid_updated();
CREATE TRIGGER grid_deleted AFTER DELETE ON house REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION house_grid_deleted();
REVOKE ALL ON FUNCTION house_grid_inserted(), house_grid_updated(), house_grid_deleted() FROM PUBLIC;

-- Folds the deltas into the grid; one at a time, and only what is committed.
CREATE FUNCTION house_grid_fold() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('house_grid_fold')) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM house_grid_delta RETURNING cell, scope_code, risk, renovation, houses
    ), summed AS (
        SELECT cell, scope_code, risk, renovation, sum(houses)::int AS houses, count(*) AS n
        FROM taken GROUP BY 1, 2, 3, 4
    ), merged AS (
        INSERT INTO house_grid AS g (cell, scope_code, risk, renovation, houses)
            SELECT cell, scope_code, risk, renovation, houses FROM summed
        ON CONFLICT (cell, scope_code, risk, renovation) DO UPDATE SET houses = g.houses + excluded.houses
        RETURNING 1
    )
    SELECT coalesce(sum(n), 0) INTO folded FROM summed;
    DELETE FROM house_grid WHERE houses = 0;
    RETURN folded;
END
$$;
REVOKE ALL ON FUNCTION house_grid_fold() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_grid_fold() TO gh_app;
