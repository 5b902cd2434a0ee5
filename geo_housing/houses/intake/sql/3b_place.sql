-- Where does each house stand? The village whose outline holds the point (on a border the lowest code), beside
-- the village that the ledger declares. Outlines are cut along the z14 tile grid: equality, then a small test.
INSERT INTO covered
    SELECT s.line, min(c.area_code) AS village_code, count(*) AS villages
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    JOIN area_cell c ON c.cell = s.tile_key >> 20
    WHERE length(c.area_code) = 12
      AND (c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490), 1e-9))
    GROUP BY s.line;
ANALYZE covered;

-- Points in no village: the township or county around them, or within 1 km, so that nothing loaded is lost. One's own
-- division goes before the one above it, which says no more than that the point lies beyond one's own ground.
INSERT INTO around
    SELECT s.line, near.code AS area_code
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    CROSS JOIN LATERAL (
        SELECT a.code
        FROM area a
        WHERE a.geom IS NOT NULL AND a.valid_to IS NULL AND a.level <> 'village'
          AND a.geom && ST_Expand(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490), 0.02)
          AND ST_DWithin(a.geom::geography, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490)::geography, 1000)
        ORDER BY a.code >= gh_area_lo() AND a.code < gh_area_hi() DESC, ST_Distance(a.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490)), length(a.code) DESC, a.code
        LIMIT 1
    ) near
    WHERE s.tile_key IS NOT NULL AND NOT EXISTS (SELECT FROM covered c WHERE c.line = s.line);

INSERT INTO placed
    SELECT s.line,
        c.village_code,
        -- A house that the neighbour declares stays whose it is: nobody pushes one to somebody else.
        coalesce(c.village_code,
            CASE WHEN s.declared_code >= gh_area_lo() AND s.declared_code < gh_area_hi() THEN s.declared_code END,
            CASE WHEN r.area_code >= gh_area_lo() AND r.area_code < gh_area_hi() THEN r.area_code END, known.scope_code,
            CASE WHEN s.names_place OR s.tile_key IS NULL THEN i.default_scope END) AS scope_code,
        CASE
            WHEN s.tile_key IS NULL THEN 'unlocated'
            WHEN c.village_code IS NULL AND expected.outline THEN 'disputed'
            WHEN named.other THEN 'disputed'
            WHEN c.village_code IS NULL THEN 'located'
            WHEN NOT starts_with(c.village_code, coalesce(s.declared_code, '')) THEN 'disputed'
            ELSE 'located'
        END AS location_state,
        CASE
            WHEN s.tile_key IS NULL THEN NULL
            WHEN c.village_code IS NULL AND expected.outline THEN 'outside'
            WHEN named.other THEN 'misplaced'
            WHEN NOT starts_with(c.village_code, coalesce(s.declared_code, '')) THEN 'misplaced'
            WHEN c.villages > 1 THEN 'border'
        END AS location_note
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    CROSS JOIN intake i
    LEFT JOIN covered c ON c.line = s.line
    LEFT JOIN around r ON r.line = s.line
    LEFT JOIN known ON known.line = s.line
    -- A village without an outline cannot contradict: its houses count as located by declaration. None declared, or one
    -- of the neighbour's, contradicts wherever there are outlines.
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT bool_or(a.geom IS NOT NULL) FROM area a WHERE a.code = s.declared_code),
            (SELECT EXISTS (SELECT FROM area WHERE geom IS NOT NULL))) AS outline
    ) expected
    -- Nobody knows whether the point lies in a village whose name was not understood (misspelt, or somebody else's).
    CROSS JOIN LATERAL (SELECT s.is_unclear AND length(coalesce(s.declared_code, '')) < 12 AS other) named;
ANALYZE placed;

-- Neither a declared area nor within 1 km of anything loaded: nobody would be responsible for such a house.
INSERT INTO finding
    SELECT p.line, 'lon', NULL, 'rejected',
        CASE WHEN s.tile_key IS NULL THEN 'nowhere' WHEN r.line IS NOT NULL THEN 'beyond' ELSE 'far_away' END
    FROM placed p JOIN target t ON t.line = p.line JOIN staging s ON s.line = p.line LEFT JOIN around r ON r.line = p.line
    WHERE p.scope_code IS NULL AND t.is_new;
DELETE FROM target t
    USING finding f JOIN target first_row ON first_row.line = f.line
    WHERE f.detail IN ('nowhere', 'beyond', 'far_away') AND t.is_new AND t.reserved_id = first_row.reserved_id;

-- Where a person should look: told with the place the point lies in, but not what a person has settled already.
INSERT INTO finding
    SELECT p.line, 'lon', a.name, 'check', p.location_note
    FROM placed p
    JOIN target t ON t.line = p.line
    LEFT JOIN area a ON a.code = p.village_code
    LEFT JOIN known k ON k.line = p.line
    WHERE p.location_note IS NOT NULL AND NOT coalesce(k.is_confirmed, false)
    LIMIT (SELECT greatest(100000 - count(*), 0) FROM finding WHERE kind = 'check');
