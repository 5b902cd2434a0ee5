-- Rights of 转移避险: rows within one's own area; what was changed is added to and never changed.
GRANT SELECT, INSERT, UPDATE ON evacuation, evacuation_figure TO gh_app;
GRANT SELECT, INSERT ON evacuation_step TO gh_app;
GRANT SELECT ON evacuation, evacuation_step, evacuation_figure TO gh_backup;
GRANT USAGE ON SEQUENCE evacuation_id_seq, evacuation_step_id_seq, evacuation_figure_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE evacuation_id_seq, evacuation_step_id_seq, evacuation_figure_id_seq TO gh_backup;

DO $$
DECLARE
    kept text;
    own text := 'scope_code >= nullif(current_setting(''gh.area_lo'', true), '''')'
        ' AND scope_code < nullif(current_setting(''gh.area_hi'', true), '''')';
BEGIN
    FOREACH kept IN ARRAY ARRAY['evacuation', 'evacuation_step', 'evacuation_figure'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_own ON %I FOR SELECT TO gh_app USING (%s)', kept, own);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept, own);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['evacuation', 'evacuation_figure'] LOOP
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept, own);
    END LOOP;
END
$$;

-- A step may follow its house into another village, and goes with the demo; nothing else of it changes.
CREATE FUNCTION refuse_evacuation_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'scope_code' = to_jsonb(NEW) - 'scope_code' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id
            AND (e.is_demo OR EXISTS (SELECT FROM area a WHERE a.code = e.scope_code AND a.is_demo))) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'evacuation_step is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evacuation_step
    FOR EACH ROW EXECUTE FUNCTION refuse_evacuation_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON evacuation_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- As 0001_triggers.sql has it: those to be moved follow their house, too.
CREATE OR REPLACE FUNCTION house_scope_followed() RETURNS trigger
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
    UPDATE evacuation t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE evacuation_step s SET scope_code = e.scope_code
        FROM evacuation e WHERE e.house_id = ANY (ids) AND s.evacuation_id = e.id AND s.scope_code <> e.scope_code;
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

-- As 0007_roster.sql has it, with evacuation. Whoever adds tables replaces this function again, whole.
CREATE OR REPLACE FUNCTION demo_clear() RETURNS TABLE (areas bigint, houses bigint, households bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    events int[];
    batches bigint[];
    stored bigint[];
BEGIN
    IF gh_area_lo() IS DISTINCT FROM '0' OR gh_area_hi() IS DISTINCT FROM ':' THEN
        RAISE EXCEPTION 'demo_clear needs the whole database as its area' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Events have no other ground than the demo's while it is loaded: real areas are refused beside it.
    events := ARRAY(SELECT e.id FROM hazard_event e
        WHERE e.is_demo OR e.scope_code IN (SELECT a.code FROM area a WHERE a.is_demo));
    batches := ARRAY(SELECT h.batch_id FROM house h WHERE h.is_demo AND h.batch_id IS NOT NULL
        UNION SELECT k.batch_id FROM household k WHERE k.is_demo AND k.batch_id IS NOT NULL
        UNION SELECT g.batch_id FROM grade_record g JOIN house h ON h.id = g.house_id
            WHERE h.is_demo AND g.batch_id IS NOT NULL);

    stored := ARRAY(SELECT p.file_id FROM inspection_photo p JOIN emergency_inspection i ON i.id = p.inspection_id
            WHERE i.event_id = ANY (events)
        UNION SELECT unnest(ARRAY[b.raw_file_id, b.report_file_id]) FROM import_batch b WHERE b.id = ANY (batches)
        UNION SELECT r.raw_file_id FROM roster_load r JOIN area a ON a.code = r.scope_code WHERE a.is_demo);
    DELETE FROM inspection_photo p USING emergency_inspection i WHERE i.id = p.inspection_id AND i.event_id = ANY (events);
    DELETE FROM emergency_inspection WHERE event_id = ANY (events);
    DELETE FROM evacuation_figure WHERE event_id = ANY (events);
    DELETE FROM evacuation_step WHERE event_id = ANY (events);
    DELETE FROM evacuation WHERE event_id = ANY (events);
    DELETE FROM hazard_zone WHERE event_id = ANY (events) OR is_demo;
    DELETE FROM zone_revision WHERE event_id = ANY (events);
    DELETE FROM hazard_event WHERE id = ANY (events);

    -- Who was tried out as a contact of the demo's divisions has no other ground either.
    DELETE FROM contact c WHERE c.is_demo OR c.scope_code IN (SELECT a.code FROM area a WHERE a.is_demo);
    DELETE FROM shelter s WHERE s.is_demo OR s.scope_code IN (SELECT a.code FROM area a WHERE a.is_demo);
    DELETE FROM technician t WHERE t.is_demo OR t.scope_code IN (SELECT a.code FROM area a WHERE a.is_demo);
    DELETE FROM roster_load r USING area a WHERE a.code = r.scope_code AND a.is_demo;

    DELETE FROM ledger_difference d USING house h WHERE h.id = d.house_id AND h.is_demo;
    DELETE FROM import_change WHERE batch_id = ANY (batches);
    DELETE FROM grade_record g USING house h WHERE h.id = g.house_id AND h.is_demo;
    DELETE FROM house_alias a USING house h WHERE h.id = a.house_id AND h.is_demo;
    DELETE FROM house_household l USING house h WHERE h.id = l.house_id AND h.is_demo;
    DELETE FROM category_certificate c USING household k WHERE k.id = c.household_id AND k.is_demo;
    DELETE FROM household WHERE is_demo;
    GET DIAGNOSTICS households = ROW_COUNT;
    DELETE FROM house WHERE is_demo;
    GET DIAGNOSTICS houses = ROW_COUNT;
    DELETE FROM import_batch WHERE id = ANY (batches);

    -- Deltas of the deleted houses are in; what they leave in the grid is nothing.
    PERFORM house_grid_fold();
    DELETE FROM stored_file WHERE id = ANY (stored);

    DELETE FROM area WHERE is_demo;
    GET DIAGNOSTICS areas = ROW_COUNT;
    ANALYZE house, household, house_household, grade_record, area;
    RETURN NEXT;
END
$$;
