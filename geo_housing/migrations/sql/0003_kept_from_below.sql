-- A policy for all commands lets be removed whatever its USING shows: from a township the county's outline, its other names
-- and its cells could be deleted, and the county's row, or its zone, be given the township's own code. What is seen from
-- below is now only seen; it is changed and removed in one's own area.
DO $$
DECLARE
    kept text[];
    own text;
    above text;
BEGIN
    FOREACH kept SLICE 1 IN ARRAY ARRAY[
        ['area', 'code', 'own_and_above'], ['area_alias', 'area_code', 'own_and_above'],
        ['area_cell', 'area_code', 'own_and_above'], ['hazard_zone', 'scope_code', 'area_overlap']
    ] LOOP
        own := format('%1$I >= gh_area_lo() AND %1$I < gh_area_hi()', kept[2]);
        above := format('starts_with(gh_area_lo(), %I)', kept[2]);
        EXECUTE format('DROP POLICY %I ON %I', kept[3], kept[1]);
        EXECUTE format('CREATE POLICY read_overlap ON %I FOR SELECT TO gh_app USING ((%s) OR %s)', kept[1], own, above);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept[1], own);
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept[1], own);
        EXECUTE format('CREATE POLICY remove_own ON %I FOR DELETE TO gh_app USING (%s)', kept[1], own);
    END LOOP;
END
$$;
