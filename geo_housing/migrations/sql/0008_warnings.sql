-- What the county has received is read below, as its event is, and written in one's own area; only its end is ever changed.
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON warning TO gh_app;
GRANT SELECT ON warning TO gh_backup;
GRANT USAGE ON SEQUENCE warning_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE warning_id_seq TO gh_backup;

ALTER TABLE warning ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_overlap ON warning FOR SELECT TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code));
CREATE POLICY add_own ON warning FOR INSERT TO gh_app
    WITH CHECK (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY change_own ON warning FOR UPDATE TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- Against its owner, too: what was received stays as it was received, and an end is not taken back.
CREATE FUNCTION keep_warning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - ARRAY['ended_at', 'ended_by'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ended_at', 'ended_by']
        OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'warning is append-only: only its end is added' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER kept BEFORE UPDATE ON warning FOR EACH ROW EXECUTE FUNCTION keep_warning();

-- Messages stood in the events that they made, one each.
CREATE FUNCTION pg_temp.moment_of(said text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    RETURN said::timestamptz;
EXCEPTION WHEN others THEN
    RETURN NULL;
END
$$;
INSERT INTO warning (event_id, scope_code, form, identifier, refers_to, message, status, action, kind, kind_text, level,
        issuer, issued_at, effective_at, expires_at, received_by, received_at)
    SELECT e.id, e.scope_code, 'cap', e.message_id,
        (SELECT array_agg(CASE WHEN named LIKE '%,%,%' THEN split_part(named, ',', 2) ELSE named END)
            FROM regexp_split_to_table(trim(e.message ->> 'references'), '\s+') AS named WHERE named <> ''),
        e.message, coalesce(e.message ->> 'status', 'Actual'),
        CASE e.message ->> 'msgType' WHEN 'Update' THEN 'change' WHEN 'Cancel' THEN 'lift' ELSE 'issue' END,
        e.kind, e.kind_text, nullif(e.level, 'ungraded'), e.issuer, pg_temp.moment_of(e.message ->> 'sent'),
        e.starts_at, e.expires_at, e.created_by, e.created_at
    FROM hazard_event e WHERE e.message_id IS NOT NULL
    ORDER BY e.id;
UPDATE hazard_zone z SET warning_id = w.id
    FROM warning w, zone_revision r
    WHERE r.id = z.revision_id AND r.source = 'cap' AND r.n = 1 AND w.event_id = z.event_id;
