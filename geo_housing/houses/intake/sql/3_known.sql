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
