-- Demo data is the one thing that goes again, completely. What is demo is said when a row is made and stays so:
-- otherwise marking a real house would be a way to delete its history.
CREATE FUNCTION refuse_demo_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.is_demo IS DISTINCT FROM NEW.is_demo THEN
        RAISE EXCEPTION 'is_demo of % never changes', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
DO $$
DECLARE
    marked text;
BEGIN
    FOREACH marked IN ARRAY ARRAY['area', 'house', 'household', 'hazard_event', 'hazard_zone'] LOOP
        EXECUTE format('CREATE TRIGGER demo_stays BEFORE UPDATE OF is_demo ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION refuse_demo_change()', marked);
    END LOOP;
END
$$;

-- Whether anything real, or anything of the demo, is loaded, whoever asks: the two never stand side by side (D18).
CREATE FUNCTION demo_state() RETURNS TABLE (has_demo boolean, has_real boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM area WHERE is_demo) OR EXISTS (SELECT FROM house WHERE is_demo),
        EXISTS (SELECT FROM area WHERE NOT is_demo) OR EXISTS (SELECT FROM house WHERE NOT is_demo)
$$;
REVOKE ALL ON FUNCTION demo_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION demo_state() TO gh_app;

-- Removes the demo county with everything that hangs on it: houses, families, events and tasks that people tried
-- out on it. Only for whoever sees the whole database; a real row is never touched, because each statement starts
-- from rows that are marked. Gives back how many went; the bytes of
-- files that no row names any more are swept from the disk by the files room.
CREATE FUNCTION demo_clear() RETURNS TABLE (areas bigint, houses bigint, households bigint)
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
        UNION SELECT unnest(ARRAY[b.raw_file_id, b.report_file_id]) FROM import_batch b WHERE b.id = ANY (batches));
    DELETE FROM inspection_photo p USING emergency_inspection i WHERE i.id = p.inspection_id AND i.event_id = ANY (events);
    DELETE FROM emergency_inspection WHERE event_id = ANY (events);
    DELETE FROM hazard_zone WHERE event_id = ANY (events) OR is_demo;
    DELETE FROM zone_revision WHERE event_id = ANY (events);
    DELETE FROM hazard_event WHERE id = ANY (events);

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
REVOKE ALL ON FUNCTION demo_clear() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION demo_clear() TO gh_app;
