-- Other houses on the very same point, in this ledger or stored: rows that were refused are none. A house has one note, the
-- worst; that it shares its point is told beside any other, but not where a person has confirmed the point.
CREATE TEMP TABLE shared_point ON COMMIT DROP AS
    SELECT p.line
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

UPDATE placed p SET location_note = 'shared_point'
    FROM shared_point o
    WHERE o.line = p.line AND p.location_note IS NULL;

INSERT INTO finding
    SELECT p.line, 'lon', a.name, 'check', 'shared_point'
    FROM shared_point o
    JOIN placed p ON p.line = o.line
    LEFT JOIN area a ON a.code = p.village_code
    LEFT JOIN known k ON k.line = p.line
    WHERE NOT coalesce(k.is_confirmed, false)
    LIMIT (SELECT greatest(100000 - count(*), 0) FROM finding WHERE kind = 'check');
