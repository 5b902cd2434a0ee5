-- A row that names no place, or one that is less than what is known (a township, because its village was misspelt),
-- does not take a known house away from its village.
UPDATE staging s SET declared_code = h.declared_code
    FROM target t JOIN house h ON h.id = t.house_id
    WHERE t.line = s.line AND starts_with(h.declared_code, coalesce(s.declared_code, ''))
      AND s.declared_code IS DISTINCT FROM h.declared_code;
-- Another village for a house whose point stands: the two are compared anew.
UPDATE staging s SET lon = ST_X(h.geom), lat = ST_Y(h.geom), tile_key = h.tile_key
    FROM target t JOIN house h ON h.id = t.house_id
    WHERE t.line = s.line AND s.tile_key IS NULL AND h.tile_key IS NOT NULL
      AND s.declared_code IS DISTINCT FROM h.declared_code;

-- Where does each house stand? The village whose outline holds the point (on a border the lowest code), beside
-- the village that the ledger declares. Outlines are cut along the z14 tile grid: equality, then a small test.
CREATE TEMP TABLE covered ON COMMIT DROP AS
    SELECT s.line, min(c.area_code) AS village_code, count(*) AS villages
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    JOIN area_cell c ON c.cell = s.tile_key >> 20
    WHERE length(c.area_code) = 12
      AND (c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490), 1e-9))
    GROUP BY s.line;
ANALYZE covered;

-- Points in no village: the township or county around them, or within 1 km, so that nothing loaded is lost.
CREATE TEMP TABLE around ON COMMIT DROP AS
    SELECT s.line, near.code AS area_code
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    CROSS JOIN LATERAL (
        SELECT a.code
        FROM area a
        WHERE a.geom IS NOT NULL AND a.level <> 'village'
          AND a.geom && ST_Expand(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490), 0.02)
          AND ST_DWithin(a.geom::geography, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490)::geography, 1000)
        ORDER BY ST_Distance(a.geom, ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490)), length(a.code) DESC, a.code
        LIMIT 1
    ) near
    WHERE s.tile_key IS NOT NULL AND NOT EXISTS (SELECT FROM covered c WHERE c.line = s.line);

CREATE TEMP TABLE shared_point ON COMMIT DROP AS
    SELECT DISTINCT p.line
    FROM (
        SELECT s.line, count(*) OVER (PARTITION BY s.lon, s.lat) AS houses
        FROM staging s JOIN target t ON t.line = s.line AND t.place = 1 WHERE s.tile_key IS NOT NULL
    ) p
    WHERE p.houses > 1
    UNION
    SELECT t.line
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    JOIN house h ON h.tile_key = s.tile_key AND h.ended_on IS NULL AND h.id IS DISTINCT FROM t.house_id
    WHERE ST_X(h.geom) = s.lon AND ST_Y(h.geom) = s.lat;

CREATE TEMP TABLE placed ON COMMIT DROP AS
    SELECT s.line,
        c.village_code,
        coalesce(c.village_code, s.declared_code, r.area_code, known.scope_code,
            CASE WHEN s.names_place OR s.tile_key IS NULL THEN i.default_scope END) AS scope_code,
        CASE
            WHEN s.tile_key IS NULL THEN 'unlocated'
            WHEN c.village_code IS NULL AND expected.outline THEN 'disputed'
            WHEN c.village_code IS NULL THEN 'located'
            WHEN NOT starts_with(c.village_code, coalesce(s.declared_code, '')) THEN 'disputed'
            ELSE 'located'
        END AS location_state,
        CASE
            WHEN s.tile_key IS NULL THEN NULL
            WHEN c.village_code IS NULL AND expected.outline THEN 'outside'
            WHEN c.village_code IS NULL THEN NULL
            WHEN NOT starts_with(c.village_code, coalesce(s.declared_code, '')) THEN 'misplaced'
            WHEN c.villages > 1 THEN 'border'
            WHEN p.line IS NOT NULL THEN 'shared_point'
        END AS location_note
    FROM staging s
    JOIN target t ON t.line = s.line AND t.place = 1
    CROSS JOIN intake i
    LEFT JOIN covered c ON c.line = s.line
    LEFT JOIN around r ON r.line = s.line
    LEFT JOIN house known ON known.id = t.house_id
    -- A village without an outline cannot contradict: its houses count as located by declaration.
    CROSS JOIN LATERAL (
        SELECT s.declared_code IS NULL AND (SELECT EXISTS (SELECT FROM area WHERE geom IS NOT NULL))
            OR (SELECT bool_or(a.geom IS NOT NULL) FROM area a WHERE a.code = s.declared_code) AS outline
    ) expected
    LEFT JOIN shared_point p ON p.line = s.line;
CREATE INDEX ON placed (line);
ANALYZE placed;

-- Neither a declared area nor within 1 km of anything loaded: nobody would be responsible for such a house.
INSERT INTO finding
    SELECT p.line, 'lon', NULL, 'rejected', CASE WHEN s.tile_key IS NULL THEN 'nowhere' ELSE 'far_away' END
    FROM placed p JOIN target t ON t.line = p.line JOIN staging s ON s.line = p.line
    WHERE p.scope_code IS NULL AND t.is_new;
DELETE FROM target t
    USING finding f JOIN target first_row ON first_row.line = f.line
    WHERE f.detail IN ('nowhere', 'far_away') AND t.is_new AND t.reserved_id = first_row.reserved_id;

-- Where a person should look: told with the place the point lies in, but not what a person has settled already.
INSERT INTO finding
    SELECT p.line, 'lon', a.name, 'check', p.location_note
    FROM placed p
    JOIN target t ON t.line = p.line
    LEFT JOIN area a ON a.code = p.village_code
    LEFT JOIN house h ON h.id = t.house_id
    WHERE p.location_note IS NOT NULL AND h.location_note IS DISTINCT FROM 'confirmed'
    LIMIT 100000;
