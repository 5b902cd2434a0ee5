-- Rights of photos that wait for a house: within one's own area; none is ever removed by the service.
GRANT SELECT, INSERT, UPDATE ON loose_photo TO gh_app;
GRANT SELECT ON loose_photo TO gh_backup;
GRANT USAGE ON SEQUENCE loose_photo_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE loose_photo_id_seq TO gh_backup;

ALTER TABLE loose_photo ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON loose_photo FOR SELECT TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY add_own ON loose_photo FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY change_own ON loose_photo FOR UPDATE TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- As 0011_evacuation.sql has it, with photos that wait for a house. Whoever adds tables replaces this function again, whole.
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
        UNION SELECT p.file_id FROM loose_photo p WHERE p.event_id = ANY (events)
        UNION SELECT unnest(ARRAY[b.raw_file_id, b.report_file_id]) FROM import_batch b WHERE b.id = ANY (batches)
        UNION SELECT r.raw_file_id FROM roster_load r JOIN area a ON a.code = r.scope_code WHERE a.is_demo);
    DELETE FROM loose_photo WHERE event_id = ANY (events);
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
