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

INSERT INTO known
    SELECT t.line, h.scope_code, h.location_note IS NOT DISTINCT FROM 'confirmed'
    FROM target t JOIN house h ON h.id = t.house_id;

-- Other houses on the very same point, in this ledger or stored.
INSERT INTO shared_point
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
