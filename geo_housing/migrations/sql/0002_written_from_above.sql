-- What the areas above have written is read below and not written there. The policies of 0001 let a township add rows
-- under its county's code and change the county's event; only the services refused. They are the second lock (D6).

-- An event is made in one's own area. Of an event from above a township only notes that it has given its own tasks:
-- the row stays updatable (it is locked for that, too), the trigger below holds everything else.
DROP POLICY area_overlap ON hazard_event;
CREATE POLICY read_overlap ON hazard_event FOR SELECT TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code));
CREATE POLICY add_own ON hazard_event FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY change_overlap ON hazard_event FOR UPDATE TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code));

CREATE FUNCTION refuse_change_from_below() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noted text[] := ARRAY['responded_at', 'responded_areas', 'version', 'updated_at'];
BEGIN
    -- Functions that see behind the policies run as their owner and check for themselves.
    IF current_user <> 'gh_app' OR (OLD.scope_code >= gh_area_lo() AND OLD.scope_code < gh_area_hi()
            AND NEW.scope_code >= gh_area_lo() AND NEW.scope_code < gh_area_hi()) THEN
        RETURN NEW;
    END IF;
    IF to_jsonb(OLD) - noted IS DISTINCT FROM to_jsonb(NEW) - noted
        OR (OLD.responded_at IS NOT NULL AND NEW.responded_at IS DISTINCT FROM OLD.responded_at)
        OR EXISTS (
            SELECT FROM (
                (SELECT unnest(OLD.responded_areas) EXCEPT SELECT unnest(NEW.responded_areas))
                UNION ALL
                (SELECT unnest(NEW.responded_areas) EXCEPT SELECT unnest(OLD.responded_areas))
            ) AS changed (code)
            WHERE NOT (changed.code COLLATE "C" >= gh_area_lo() AND changed.code COLLATE "C" < gh_area_hi())
        ) THEN
        RAISE EXCEPTION 'an event of the area above: row-level security lets note one''s own tasks only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER from_below BEFORE UPDATE ON hazard_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change_from_below();

-- Revisions are added to one's own events; zones and standing areas from above are seen (and locked), never written.
DROP POLICY area_overlap ON zone_revision;
CREATE POLICY read_overlap ON zone_revision FOR SELECT TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code));
CREATE POLICY add_own ON zone_revision FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
DROP POLICY area_overlap ON hazard_zone;
CREATE POLICY area_overlap ON hazard_zone TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code))
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- What is derived from a zone carries no code of its own: read by everybody as before, written by whose zone it is. Without
-- this the pieces of a county's zone could be removed from below, and its houses would be in no zone any more.
DO $$
DECLARE
    derived text;
    own text := 'EXISTS (SELECT FROM hazard_zone z WHERE z.id = zone_id'
        ' AND z.scope_code >= gh_area_lo() AND z.scope_code < gh_area_hi())';
BEGIN
    FOREACH derived IN ARRAY ARRAY['hazard_zone_piece', 'hazard_zone_area'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', derived);
        EXECUTE format('CREATE POLICY read_any ON %I FOR SELECT TO gh_app USING (true)', derived);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', derived, own);
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', derived, own);
        EXECUTE format('CREATE POLICY remove_own ON %I FOR DELETE TO gh_app USING (%s)', derived, own);
    END LOOP;
END
$$;

-- Rules are public and recorded for one's own area; '0', every area, lies in the range of the whole database only.
ALTER TABLE policy_setting ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_any ON policy_setting FOR SELECT TO gh_app USING (true);
CREATE POLICY add_own ON policy_setting FOR INSERT TO gh_app
    WITH CHECK (area_code >= gh_area_lo() AND area_code < gh_area_hi());

-- Rights are read before an area is known, and given and ended inside one's own.
ALTER TABLE area_grant ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_any ON area_grant FOR SELECT TO gh_app USING (true);
CREATE POLICY add_own ON area_grant FOR INSERT TO gh_app
    WITH CHECK (area_code >= gh_area_lo() AND area_code < gh_area_hi());
CREATE POLICY change_own ON area_grant FOR UPDATE TO gh_app
    USING (area_code >= gh_area_lo() AND area_code < gh_area_hi());
CREATE POLICY remove_own ON area_grant FOR DELETE TO gh_app
    USING (area_code >= gh_area_lo() AND area_code < gh_area_hi());

-- The grid of counts and the list of changes are kept by triggers and by their folding, which run as owner.
REVOKE INSERT, UPDATE, DELETE ON house_grid, house_grid_delta FROM gh_app;
REVOKE INSERT, DELETE ON layer_change FROM gh_app;
