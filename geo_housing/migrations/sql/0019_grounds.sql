-- Rights of the grounds of an event, of who answers for standing risk areas, and of the lines of the map.
GRANT SELECT, INSERT ON event_ground TO gh_app;
GRANT SELECT, INSERT, UPDATE ON standing_area, standing_person, map_line TO gh_app;
GRANT SELECT ON event_ground, standing_area, standing_person, map_line TO gh_backup;
GRANT USAGE ON SEQUENCE event_ground_id_seq, standing_person_id_seq, map_line_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE event_ground_id_seq, standing_person_id_seq, map_line_id_seq TO gh_backup;

-- A village reads how far its township is, and who answers for what is above it; written in one's own area only.
DO $$
DECLARE
    kept text;
    own text := 'scope_code >= gh_area_lo() AND scope_code < gh_area_hi()';
BEGIN
    FOREACH kept IN ARRAY ARRAY['event_ground', 'standing_area', 'standing_person'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_overlap ON %I FOR SELECT TO gh_app USING'
            ' ((%s) OR starts_with(gh_area_lo(), scope_code))', kept, own);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept, own);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['standing_area', 'standing_person'] LOOP
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept, own);
    END LOOP;
END
$$;
-- A river passes many areas, and says nothing of anybody.
ALTER TABLE map_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON map_line FOR SELECT TO gh_app USING (true);
CREATE POLICY add_own ON map_line FOR INSERT TO gh_app
    WITH CHECK (area_code >= gh_area_lo() AND area_code < gh_area_hi());
CREATE POLICY change_own ON map_line FOR UPDATE TO gh_app
    USING (area_code >= gh_area_lo() AND area_code < gh_area_hi());
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE OR DELETE ON map_line
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('lines');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE ON standing_area
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('zones');
CREATE TRIGGER layer_changed AFTER INSERT OR UPDATE ON standing_person
    FOR EACH STATEMENT EXECUTE FUNCTION layer_changed('zones');

-- When a ground entered stays as it was written; it goes only together with its event, and only a demo's event goes.
CREATE FUNCTION refuse_ground_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM hazard_event e WHERE e.id = OLD.event_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'event_ground is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event_ground
    FOR EACH ROW EXECUTE FUNCTION refuse_ground_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON event_ground
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
