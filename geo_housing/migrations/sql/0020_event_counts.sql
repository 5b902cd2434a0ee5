-- Sums of an event are asked all night by everybody: they are counted as rows change, not when they are asked. Statement
-- triggers append deltas, so that nobody waits for anybody; readers add all rows up, a job folds them (D15, like house_grid).
GRANT SELECT ON inspection_count, evacuation_count TO gh_app;
GRANT SELECT ON inspection_count, evacuation_count TO gh_backup;
GRANT SELECT ON SEQUENCE inspection_count_id_seq, evacuation_count_id_seq TO gh_backup;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['inspection_count', 'evacuation_count'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_own ON %I FOR SELECT TO gh_app'
            ' USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi())', kept);
    END LOOP;
END
$$;

CREATE FUNCTION inspection_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inspection_count (event_id, scope_code, state, result, damage, uncertain, due_at, houses)
            SELECT event_id, scope_code, state, result, damage, uncertain, due_at, count(*) FROM after_rows
            GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO inspection_count (event_id, scope_code, state, result, damage, uncertain, due_at, houses)
            SELECT event_id, scope_code, state, result, damage, uncertain, due_at, -count(*) FROM before_rows
            GROUP BY 1, 2, 3, 4, 5, 6, 7;
    ELSE
        INSERT INTO inspection_count (event_id, scope_code, state, result, damage, uncertain, due_at, houses)
            SELECT event_id, scope_code, state, result, damage, uncertain, due_at, sum(n) FROM (
                SELECT event_id, scope_code, state, result, damage, uncertain, due_at, -1 AS n FROM before_rows
                UNION ALL
                SELECT event_id, scope_code, state, result, damage, uncertain, due_at, 1 FROM after_rows
            ) change GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$;

-- One row of the list as it counts: those withdrawn do not.
CREATE FUNCTION evacuation_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO evacuation_count (event_id, scope_code, state, households, people, unsized, without_family, extra)
            SELECT event_id, scope_code, state, count(*), coalesce(sum(people), 0), count(*) - count(people),
                count(*) FILTER (WHERE household_id IS NULL AND house_id IS NOT NULL), count(*) FILTER (WHERE origin = 'extra')
            FROM after_rows WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO evacuation_count (event_id, scope_code, state, households, people, unsized, without_family, extra)
            SELECT event_id, scope_code, state, -count(*), -coalesce(sum(people), 0), count(people) - count(*),
                -count(*) FILTER (WHERE household_id IS NULL AND house_id IS NOT NULL), -count(*) FILTER (WHERE origin = 'extra')
            FROM before_rows WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3;
    ELSE
        INSERT INTO evacuation_count (event_id, scope_code, state, households, people, unsized, without_family, extra)
            SELECT event_id, scope_code, state, sum(n), sum(n * coalesce(people, 0)), sum(n * (people IS NULL)::int),
                sum(n * (household_id IS NULL AND house_id IS NOT NULL)::int), sum(n * (origin = 'extra')::int)
            FROM (
                SELECT event_id, scope_code, state, people, household_id, house_id, origin, -1 AS n FROM before_rows
                    WHERE withdrawn_at IS NULL
                UNION ALL
                SELECT event_id, scope_code, state, people, household_id, house_id, origin, 1 FROM after_rows
                    WHERE withdrawn_at IS NULL
            ) change
            GROUP BY 1, 2, 3
            HAVING (sum(n), sum(n * coalesce(people, 0)), sum(n * (people IS NULL)::int),
                sum(n * (household_id IS NULL AND house_id IS NOT NULL)::int), sum(n * (origin = 'extra')::int))
                <> (0, 0, 0, 0, 0);
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION inspection_counted(), evacuation_counted() FROM PUBLIC;

CREATE TRIGGER counted_new AFTER INSERT ON emergency_inspection REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inspection_counted();
CREATE TRIGGER counted_changed AFTER UPDATE ON emergency_inspection
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inspection_counted();
CREATE TRIGGER counted_gone AFTER DELETE ON emergency_inspection REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inspection_counted();
CREATE TRIGGER counted_new AFTER INSERT ON evacuation REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION evacuation_counted();
CREATE TRIGGER counted_changed AFTER UPDATE ON evacuation REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION evacuation_counted();
CREATE TRIGGER counted_gone AFTER DELETE ON evacuation REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION evacuation_counted();

-- An event that goes (only a demo's does) leaves no counts behind.
CREATE FUNCTION event_counts_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM inspection_count c USING before_rows e WHERE c.event_id = e.id;
    DELETE FROM evacuation_count c USING before_rows e WHERE c.event_id = e.id;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION event_counts_gone() FROM PUBLIC;
CREATE TRIGGER counts_gone AFTER DELETE ON hazard_event REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION event_counts_gone();

-- Keeps the sums short: of an event with many rows one stands for all committed ones of a kind.
CREATE FUNCTION event_counts_fold() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded_inspections bigint;
    folded_evacuations bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('event_counts_fold')) THEN
        RETURN 0;
    END IF;
    WITH taken AS (
        DELETE FROM inspection_count WHERE event_id IN (
            SELECT event_id FROM inspection_count WHERE NOT is_folded GROUP BY 1 HAVING count(*) > 200)
        RETURNING event_id, scope_code, state, result, damage, uncertain, due_at, houses
    ), kept AS (
        INSERT INTO inspection_count (event_id, scope_code, state, result, damage, uncertain, due_at, houses, is_folded)
            SELECT event_id, scope_code, state, result, damage, uncertain, due_at, sum(houses), true FROM taken
            GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(houses) <> 0
    )
    SELECT count(*) INTO folded_inspections FROM taken;
    WITH taken AS (
        DELETE FROM evacuation_count WHERE event_id IN (
            SELECT event_id FROM evacuation_count WHERE NOT is_folded GROUP BY 1 HAVING count(*) > 200)
        RETURNING event_id, scope_code, state, households, people, unsized, without_family, extra
    ), kept AS (
        INSERT INTO evacuation_count (event_id, scope_code, state, households, people, unsized, without_family, extra, is_folded)
            SELECT event_id, scope_code, state, sum(households), sum(people), sum(unsized), sum(without_family), sum(extra), true
            FROM taken GROUP BY 1, 2, 3
            HAVING (sum(households), sum(people), sum(unsized), sum(without_family), sum(extra)) <> (0, 0, 0, 0, 0)
    )
    SELECT count(*) INTO folded_evacuations FROM taken;
    RETURN folded_inspections + folded_evacuations;
END
$$;
REVOKE ALL ON FUNCTION event_counts_fold() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_counts_fold() TO gh_app;

-- What stands is counted once.
INSERT INTO inspection_count (event_id, scope_code, state, result, damage, uncertain, due_at, houses, is_folded)
    SELECT event_id, scope_code, state, result, damage, uncertain, due_at, count(*), true
    FROM emergency_inspection GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO evacuation_count (event_id, scope_code, state, households, people, unsized, without_family, extra, is_folded)
    SELECT event_id, scope_code, state, count(*), coalesce(sum(people), 0), count(*) - count(people),
        count(*) FILTER (WHERE household_id IS NULL AND house_id IS NOT NULL), count(*) FILTER (WHERE origin = 'extra'), true
    FROM evacuation WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3;
