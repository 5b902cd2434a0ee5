-- Who is in a shelter, whoever brought them: a township sees the shelter that it shares with another one, not the other's
-- families, and must know whether it is full. Counts alone, of shelters that the reader sees (the policy of shelter,
-- 0007_roster.sql); called without a scope it gives no rows. Each family once, however many open events list it: as the last
-- one has it. A drill counts its own people alone.
CREATE FUNCTION gh_shelter_inside(drill int)
    RETURNS TABLE (shelter_id bigint, households int, people int, unsized int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT one.shelter, count(*)::int, coalesce(sum(one.inside), 0)::int, (count(*) - count(one.inside))::int
    FROM (
        SELECT DISTINCT ON (e.shelter_id, coalesce('k' || e.household_id, 'h' || e.house_id, 'r' || e.id))
            e.shelter_id AS shelter, e.people AS inside
        FROM shelter s JOIN evacuation e ON e.shelter_id = s.id JOIN hazard_event v ON v.id = e.event_id
        WHERE ((s.scope_code >= gh_area_lo() AND s.scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), s.scope_code))
          AND e.state = 'moved_to_shelter' AND e.withdrawn_at IS NULL
          AND CASE WHEN $1 IS NULL THEN v.mode = 'actual' AND v.phase NOT IN ('draft', 'closed', 'mistaken')
              ELSE v.id = $1 END
        ORDER BY e.shelter_id, coalesce('k' || e.household_id, 'h' || e.house_id, 'r' || e.id), e.id DESC
    ) one GROUP BY one.shelter
$$;
-- The same as it was known at an earlier moment: before its first step after it a row stood as this step found it.
CREATE FUNCTION gh_shelter_inside_at(drill int, moment timestamptz)
    RETURNS TABLE (shelter_id bigint, households int, people int, unsized int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT one.shelter, count(*)::int, coalesce(sum(one.inside), 0)::int, (count(*) - count(one.inside))::int
    FROM (
        SELECT DISTINCT ON (t.shelter, coalesce('k' || t.household_id, 'h' || t.house_id, 'r' || t.id))
            t.shelter, t.inside
        FROM (
            SELECT e.id, e.household_id, e.house_id,
                CASE WHEN c.step IS NULL THEN e.shelter_id ELSE c.shelter END AS shelter,
                CASE WHEN n.step IS NULL THEN e.people ELSE n.people_before END AS inside
            FROM evacuation e
            JOIN hazard_event v ON v.id = e.event_id
            LEFT JOIN LATERAL (
                SELECT id AS step, state_before, people_before, counts_before FROM evacuation_step
                WHERE evacuation_id = e.id AND at > $2 ORDER BY id LIMIT 1
            ) n ON true
            LEFT JOIN LATERAL (
                SELECT id AS step, CAST(changes -> 'shelter_id' ->> 0 AS bigint) AS shelter FROM evacuation_step
                WHERE evacuation_id = e.id AND at > $2 AND changes ? 'shelter_id' ORDER BY id LIMIT 1
            ) c ON true
            WHERE e.opened_at <= $2 AND coalesce(n.state_before, e.state) = 'moved_to_shelter'
              AND coalesce(n.counts_before, e.withdrawn_at IS NULL)
              AND CASE WHEN $1 IS NULL THEN v.mode = 'actual' AND v.phase <> 'draft'
                      AND (v.phase NOT IN ('closed', 'mistaken') OR v.closed_at > $2)
                  ELSE v.id = $1 END
        ) t
        JOIN shelter s ON s.id = t.shelter
        WHERE (s.scope_code >= gh_area_lo() AND s.scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), s.scope_code)
        ORDER BY t.shelter, coalesce('k' || t.household_id, 'h' || t.house_id, 'r' || t.id), t.id DESC
    ) one GROUP BY one.shelter
$$;
REVOKE ALL ON FUNCTION gh_shelter_inside(int), gh_shelter_inside_at(int, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gh_shelter_inside(int), gh_shelter_inside_at(int, timestamptz) TO gh_app;

-- 第三方机构 must know whether what was signed still holds: when the ground of its houses was warned once more.
GRANT SELECT (event_id, scope_code, phase, at) ON event_ground TO gh_third_party;
CREATE POLICY third_party_ordered ON event_ground FOR SELECT TO gh_third_party
    USING (event_id = ANY (ARRAY(SELECT o.event_id FROM work_order o))
        AND ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code)));
