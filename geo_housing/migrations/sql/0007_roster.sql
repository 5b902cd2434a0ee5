-- Rights of the roster. What the county (or the township) entered is read below, as an event is: a village looks up its
-- township's duty telephone and the shelter of the township. It is written in one's own area only.
GRANT SELECT, INSERT, UPDATE ON contact, shelter, technician, roster_load TO gh_app;
GRANT SELECT ON contact, shelter, technician, roster_load TO gh_backup;
GRANT USAGE ON SEQUENCE contact_id_seq, shelter_id_seq, technician_id_seq, roster_load_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE contact_id_seq, shelter_id_seq, technician_id_seq, roster_load_id_seq TO gh_backup;

DO $$
DECLARE
    kept text;
    own text := 'scope_code >= gh_area_lo() AND scope_code < gh_area_hi()';
BEGIN
    FOREACH kept IN ARRAY ARRAY['contact', 'shelter', 'technician'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_overlap ON %I FOR SELECT TO gh_app USING'
            ' ((%s) OR starts_with(gh_area_lo(), scope_code))', kept, own);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept, own);
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept, own);
        EXECUTE format('CREATE TRIGGER demo_stays BEFORE UPDATE OF is_demo ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION refuse_demo_change()', kept);
    END LOOP;
    ALTER TABLE roster_load ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY read_own ON roster_load FOR SELECT TO gh_app USING (%s)', own);
    EXECUTE format('CREATE POLICY add_own ON roster_load FOR INSERT TO gh_app WITH CHECK (%s)', own);
    EXECUTE format('CREATE POLICY change_own ON roster_load FOR UPDATE TO gh_app USING (%s)', own);
END
$$;

-- As 0001_demo.sql has it, with the roster. Whoever adds tables replaces this function again, whole.
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
