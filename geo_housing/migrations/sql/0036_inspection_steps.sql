-- Rights of how inspections stood before: within one's own area, added to and never changed.
GRANT SELECT, INSERT ON emergency_inspection_step TO gh_app;
GRANT SELECT ON emergency_inspection_step TO gh_backup;
GRANT USAGE ON SEQUENCE emergency_inspection_step_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE emergency_inspection_step_id_seq TO gh_backup;
ALTER TABLE emergency_inspection_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON emergency_inspection_step FOR SELECT TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY add_own ON emergency_inspection_step FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- A step may follow its house into another village, and goes with the demo; nothing else of it changes.
CREATE FUNCTION refuse_inspection_step_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'scope_code' = to_jsonb(NEW) - 'scope_code' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id
            AND (e.is_demo OR EXISTS (SELECT FROM area a WHERE a.code = e.scope_code AND a.is_demo))) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'emergency_inspection_step is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON emergency_inspection_step
    FOR EACH ROW EXECUTE FUNCTION refuse_inspection_step_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON emergency_inspection_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whatever moves an inspection into another division (an outline, a house registered twice) takes its steps along.
CREATE FUNCTION inspection_steps_followed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE emergency_inspection_step SET scope_code = NEW.scope_code WHERE inspection_id = NEW.id;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION inspection_steps_followed() FROM PUBLIC;
CREATE TRIGGER steps_followed AFTER UPDATE OF scope_code ON emergency_inspection
    FOR EACH ROW WHEN (OLD.scope_code IS DISTINCT FROM NEW.scope_code) EXECUTE FUNCTION inspection_steps_followed();

-- What is begun was corrected until now without a step. It stands so for every moment before, and when it had been done
-- and was reopened is taken over from where it was kept: was_done_at to reopened_at, and the spans before in done_earlier.
INSERT INTO emergency_inspection_step (inspection_id, event_id, scope_code, at, is_known, state, opened_at, withdrawn_at, due_at,
    overdue_earlier, begun_at, done_at, visited_at, result, damage, rooms_collapsed, rooms_severe, rooms_slight, worsened_at)
    SELECT i.id, i.event_id, i.scope_code, stood.until, false, stood.state, i.opened_at, i.withdrawn_at, i.due_at,
        i.overdue_earlier, i.begun_at, stood.done_at, i.visited_at, i.result, i.damage, i.rooms_collapsed, i.rooms_severe,
        i.rooms_slight, i.worsened_at
    FROM emergency_inspection i
    CROSS JOIN LATERAL (
        SELECT 'done' AS state, lower(span) AS done_at, upper(span) AS until FROM unnest(i.done_earlier) span
        UNION ALL
        SELECT 'done', i.was_done_at, i.reopened_at WHERE i.was_done_at IS NOT NULL AND i.reopened_at IS NOT NULL
        UNION ALL
        SELECT i.state, i.done_at, now()
    ) stood
    WHERE i.begun_at IS NOT NULL
    ORDER BY i.id, stood.until;
