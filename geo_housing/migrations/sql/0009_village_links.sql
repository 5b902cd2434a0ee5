-- Rights of the village links: what a link opens never changes, it is only used and withdrawn. It goes with its event.
GRANT SELECT, INSERT ON village_link TO gh_app;
GRANT UPDATE (withdrawn_at, withdrawn_by, last_used_at) ON village_link TO gh_app;
GRANT SELECT ON village_link TO gh_backup;
GRANT USAGE ON SEQUENCE village_link_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE village_link_id_seq TO gh_backup;

-- Links are given from above: whoever came by one makes no further ones.
ALTER TABLE village_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own ON village_link FOR SELECT TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY add_below ON village_link FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi() AND scope_code <> gh_area_lo());
CREATE POLICY change_own ON village_link FOR UPDATE TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- Asked before an area is known: the one link of this very hash, as long as it opens anything. A wrong, an expired and a
-- withdrawn one, and one whose event has ended, are the same nothing.
CREATE FUNCTION village_link_opens(hash bytea, at timestamptz)
    RETURNS TABLE (id bigint, event_id int, scope_code text, note text, expires_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.id, l.event_id, l.scope_code, l.note, l.expires_at
    FROM village_link l JOIN hazard_event e ON e.id = l.event_id
    WHERE l.token_hash = hash AND l.withdrawn_at IS NULL AND l.expires_at > at
      AND e.phase NOT IN ('closed', 'mistaken')
$$;
REVOKE ALL ON FUNCTION village_link_opens(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION village_link_opens(bytea, timestamptz) TO gh_app;
