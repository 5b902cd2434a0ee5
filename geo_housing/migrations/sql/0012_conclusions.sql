-- Rights of conclusions and reports: within one's own area. What was signed is added to and never changed; of a report only
-- its words change, and nothing once it was sent.
GRANT SELECT, INSERT ON emergency_conclusion TO gh_app;
GRANT SELECT, INSERT, UPDATE ON unsafe_home TO gh_app;
GRANT SELECT, INSERT ON event_report TO gh_app;
GRANT UPDATE (difficulties, next_steps, sent_at, sent_by, version) ON event_report TO gh_app;
GRANT SELECT ON emergency_conclusion, unsafe_home, event_report TO gh_backup;
GRANT USAGE ON SEQUENCE emergency_conclusion_id_seq, unsafe_home_id_seq, event_report_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE emergency_conclusion_id_seq, unsafe_home_id_seq, event_report_id_seq TO gh_backup;

DO $$
DECLARE
    kept text;
    own text := 'scope_code >= gh_area_lo() AND scope_code < gh_area_hi()';
BEGIN
    FOREACH kept IN ARRAY ARRAY['emergency_conclusion', 'unsafe_home', 'event_report'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_own ON %I FOR SELECT TO gh_app USING (%s)', kept, own);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept, own);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['unsafe_home', 'event_report'] LOOP
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept, own);
    END LOOP;
END
$$;

-- A conclusion may follow its house into another village, and goes together with its event, which only a demo's does.
CREATE FUNCTION refuse_conclusion_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - '{scope_code,technician_id}'::text[] = to_jsonb(NEW) - '{scope_code,technician_id}'::text[]
            AND (NEW.technician_id IS NULL OR NEW.technician_id = OLD.technician_id) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'emergency_conclusion is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON emergency_conclusion
    FOR EACH ROW EXECUTE FUNCTION refuse_conclusion_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON emergency_conclusion
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.sent_at IS NOT NULL
            OR to_jsonb(OLD) - '{difficulties,next_steps,sent_at,sent_by,version}'::text[]
            <> to_jsonb(NEW) - '{difficulties,next_steps,sent_at,sent_by,version}'::text[] THEN
        RAISE EXCEPTION 'a report that was sent, and the figures of any, never change' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER frozen BEFORE UPDATE ON event_report FOR EACH ROW EXECUTE FUNCTION refuse_report_change();

-- As 0011_evacuation.sql has it: what was signed of a house, and who cannot live in it, follow it, too.
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
    UPDATE emergency_conclusion t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE unsafe_home t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
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
