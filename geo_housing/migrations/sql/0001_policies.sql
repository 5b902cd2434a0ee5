-- Row level security: a row is seen and written only inside the actor's half-open range of area codes.
-- An empty setting (what a pooled connection holds after a transaction that set it) means no rows.
CREATE FUNCTION gh_area_lo() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('gh.area_lo', true), '') COLLATE "C" $$;
CREATE FUNCTION gh_area_hi() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('gh.area_hi', true), '') COLLATE "C" $$;

DO $$
DECLARE
    scoped text;
BEGIN
    FOREACH scoped IN ARRAY ARRAY[
        'house', 'house_alias', 'household', 'category_certificate', 'house_household', 'grade_record',
        'import_batch', 'import_rows', 'import_change', 'ledger_difference', 'house_grid', 'house_grid_delta', 'stored_file',
        'emergency_inspection', 'inspection_photo', 'job'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', scoped);
        EXECUTE format(
            'CREATE POLICY area_range ON %I TO gh_app'
            ' USING (scope_code >= nullif(current_setting(''gh.area_lo'', true), '''')'
            '    AND scope_code < nullif(current_setting(''gh.area_hi'', true), ''''))', scoped);
    END LOOP;

    -- An event of the county concerns its townships: seen by whoever's area overlaps the event's.
    FOREACH scoped IN ARRAY ARRAY['hazard_event', 'zone_revision', 'hazard_zone'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', scoped);
        EXECUTE format(
            'CREATE POLICY area_overlap ON %I TO gh_app'
            ' USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi())'
            '     OR starts_with(gh_area_lo(), scope_code))'
            ' WITH CHECK ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi())'
            '     OR starts_with(gh_area_lo(), scope_code))', scoped);
    END LOOP;
END
$$;

-- Divisions: one's own, and those above them for headings.
ALTER TABLE area ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_above ON area TO gh_app
    USING ((code >= gh_area_lo() AND code < gh_area_hi()) OR starts_with(gh_area_lo(), code))
    WITH CHECK (code >= gh_area_lo() AND code < gh_area_hi());
ALTER TABLE area_alias ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_above ON area_alias TO gh_app
    USING ((area_code >= gh_area_lo() AND area_code < gh_area_hi()) OR starts_with(gh_area_lo(), area_code))
    WITH CHECK (area_code >= gh_area_lo() AND area_code < gh_area_hi());
ALTER TABLE area_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_above ON area_cell TO gh_app
    USING ((area_code >= gh_area_lo() AND area_code < gh_area_hi()) OR starts_with(gh_area_lo(), area_code))
    WITH CHECK (area_code >= gh_area_lo() AND area_code < gh_area_hi());

-- The journal: read within one's area, written by everybody about anything (a sign-in has no area).
ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_area ON journal_entry FOR SELECT TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());
CREATE POLICY write_any ON journal_entry FOR INSERT TO gh_app WITH CHECK (true);
