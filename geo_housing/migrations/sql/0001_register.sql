-- What the house's page and the check-location queue need to know from behind the policies. Every function states
-- the caller's own area itself and gives out no more than that area is concerned with.

-- Houses that a ledger declares in the caller's area but whose point lies in somebody else's: shown to the
-- declared village too, so that the one who knows the house can say where it stands (D11). Names of divisions are
-- public; the head is known to the village that declared them.
CREATE FUNCTION houses_declared_here()
    RETURNS TABLE (
        id bigint, code text, declared_code text, village_code text, scope_code text, place text, location_state text,
        location_note text, lon float8, lat float8, settlement text, head text, risk text, version int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT h.id, h.code, h.declared_code, h.village_code, h.scope_code,
        concat(t.name, v.name), h.location_state, h.location_note, ST_X(h.geom), ST_Y(h.geom), h.settlement,
        (SELECT k.head FROM house_household l JOIN household k ON k.id = l.household_id
         WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL ORDER BY k.id LIMIT 1),
        h.risk, h.version
    FROM house h
    LEFT JOIN area v ON v.code = h.scope_code AND v.level = 'village'
    LEFT JOIN area t ON t.code = left(h.scope_code, 9) AND t.level = 'township'
    WHERE h.location_state = 'disputed' AND h.ended_on IS NULL
      AND h.declared_code >= gh_area_lo() AND h.declared_code < gh_area_hi()
      AND NOT (h.scope_code >= gh_area_lo() AND h.scope_code < gh_area_hi())
    ORDER BY h.declared_code, h.id
$$;
REVOKE ALL ON FUNCTION houses_declared_here() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION houses_declared_here() TO gh_app;

-- The village at a point (on a border the lowest code) whoever may see it, and whether the point lies within 1 km of
-- anything loaded: somebody who drags a house over the border must be told whose village that is.
CREATE FUNCTION division_at(lon float8, lat float8, key bigint)
    RETURNS TABLE (village_code text, village_name text, township_name text, is_near boolean, has_outlines boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH p AS (
        SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4490) AS geom
    ), covering AS (
        SELECT min(c.area_code) AS code FROM area_cell c CROSS JOIN p
        WHERE c.cell = key >> 20 AND length(c.area_code) = 12
          AND (c.geom IS NULL OR ST_DWithin(c.geom, p.geom, 1e-9))
    )
    SELECT c.code, v.name, t.name,
        c.code IS NOT NULL OR EXISTS (
            SELECT FROM area a CROSS JOIN p
            WHERE a.geom && ST_Expand(p.geom, 0.02) AND ST_DWithin(a.geom::geography, p.geom::geography, 1000)),
        EXISTS (SELECT FROM area a WHERE a.geom IS NOT NULL)
    FROM covering c
    LEFT JOIN area v ON v.code = c.code
    LEFT JOIN area t ON t.code = left(c.code, 9) AND t.level = 'township'
$$;
REVOKE ALL ON FUNCTION division_at(float8, float8, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION division_at(float8, float8, bigint) TO gh_app;

-- Takes a disputed house back to the area that declared it, the one change of a foreign row that is allowed: an area
-- may take responsibility for a house upon itself, never push it to another. Without a point the house is 待定位 in its
-- declared village. Answers the new scope, or nothing when the house is not (or no longer) such a one.
CREATE FUNCTION house_take_back(house_code text, expected_version int, lon float8, lat float8, key bigint)
    RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    village text;
    taken text;
BEGIN
    IF key IS NOT NULL THEN
        SELECT d.village_code INTO village FROM division_at(lon, lat, key) d;
    END IF;
    UPDATE house h SET
        geom = CASE WHEN key IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4490) END,
        tile_key = key, village_code = village, scope_code = coalesce(village, h.declared_code),
        location_state = CASE WHEN key IS NULL THEN 'unlocated' ELSE 'located' END,
        location_note = CASE WHEN key IS NOT NULL THEN 'confirmed' END,
        source_crs = CASE WHEN key IS NOT NULL THEN 'EPSG:4490' END,
        version = h.version + 1, updated_at = now()
    WHERE h.code = house_code AND h.version = expected_version
      AND h.location_state = 'disputed' AND h.ended_on IS NULL
      AND h.declared_code >= gh_area_lo() AND h.declared_code < gh_area_hi()
      AND coalesce(village, h.declared_code) >= gh_area_lo() AND coalesce(village, h.declared_code) < gh_area_hi()
    RETURNING h.scope_code INTO taken;
    RETURN taken;
END
$$;
REVOKE ALL ON FUNCTION house_take_back(text, int, float8, float8, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_take_back(text, int, float8, float8, bigint) TO gh_app;

-- A house's history goes with the house: what was done to it while it was counted elsewhere is seen by whoever sees
-- the house now, although the entries themselves keep the area in which they were written.
CREATE FUNCTION house_journal(house_code text)
    RETURNS TABLE (at timestamptz, actor text, action text, source text, counts jsonb, diff jsonb, note text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT j.at, coalesce(u.display_name, j.actor), j.action, j.source, j.counts, j.diff, j.note
    FROM journal_entry j LEFT JOIN app_user u ON u.id = j.user_id
    WHERE j.subject_kind = 'house' AND j.subject_id = house_code
      AND EXISTS (SELECT FROM house h WHERE h.code = house_code
                  AND h.scope_code >= gh_area_lo() AND h.scope_code < gh_area_hi())
    ORDER BY j.at DESC, j.id DESC LIMIT 500
$$;
REVOKE ALL ON FUNCTION house_journal(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_journal(text) TO gh_app;

-- The loads that created or changed a house. A load of the county is no row of the township's, its name is.
CREATE FUNCTION house_imports(house bigint)
    RETURNS TABLE (batch_id bigint, file_name text, actor text, at timestamptz, undone_at timestamptz, line int, is_first boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH changes AS (
        SELECT c.batch_id, c.line, (c.before ->> 'batch_id')::bigint AS earlier FROM import_change c
        WHERE c.kind = 'house' AND c.row_id = house
    ), loads AS (
        SELECT c.batch_id, c.line, false AS is_first FROM changes c
        UNION ALL
        SELECT coalesce((SELECT c.earlier FROM changes c ORDER BY c.batch_id LIMIT 1), h.batch_id), NULL, true
        FROM house h WHERE h.id = house
    )
    SELECT b.id, b.file_name, b.actor, coalesce(b.finished_at, b.started_at), b.undone_at, l.line, l.is_first
    FROM loads l JOIN import_batch b ON b.id = l.batch_id
    WHERE EXISTS (SELECT FROM house h WHERE h.id = house
                  AND h.scope_code >= gh_area_lo() AND h.scope_code < gh_area_hi())
    ORDER BY b.id DESC
$$;
REVOKE ALL ON FUNCTION house_imports(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_imports(bigint) TO gh_app;
