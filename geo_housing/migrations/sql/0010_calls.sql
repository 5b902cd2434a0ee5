-- Rights of the night's calls. Whom, when and by whom a division was called never changes, only what came of it; each press
-- is history.
GRANT SELECT, INSERT ON call TO gh_app;
GRANT UPDATE (state, answered_at, said, reply_by, replied_at, reply, is_void, version) ON call TO gh_app;
GRANT SELECT, INSERT ON call_change TO gh_app;
GRANT SELECT ON call, call_change TO gh_backup;
GRANT USAGE ON SEQUENCE call_id_seq, call_change_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE call_id_seq, call_change_id_seq TO gh_backup;

-- A division reads who has called it. It is called from above: nobody notes of themselves that they have answered.
DO $$
DECLARE
    kept text;
    own text := 'scope_code >= gh_area_lo() AND scope_code < gh_area_hi()';
BEGIN
    FOREACH kept IN ARRAY ARRAY['call', 'call_change'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_own ON %I FOR SELECT TO gh_app USING (%s)', kept, own);
        EXECUTE format('CREATE POLICY add_below ON %I FOR INSERT TO gh_app WITH CHECK'
            ' (%s AND scope_code <> gh_area_lo())', kept, own);
    END LOOP;
    EXECUTE format('CREATE POLICY change_below ON call FOR UPDATE TO gh_app USING'
        ' (%s AND scope_code <> gh_area_lo())', own);
END
$$;

-- Presses go only together with their event, and only a demo's event goes (0001_demo.sql).
CREATE FUNCTION refuse_call_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'call_change is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON call_change
    FOR EACH ROW EXECUTE FUNCTION refuse_call_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON call_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
