-- Which divisions a zone touches, also where no outline says where a division lies: a house without a point that is declared
-- there may stand in the zone, and was looked for by nobody when only villages had outlines.
--
-- A division without outline is touched when the nearest one around it that has an outline is. Where none around it has one,
-- the nearest one that holds divisions with outlines stands for it: it is touched with any of those, and where the zone
-- reaches ground that no outline holds (more than a sliver between two, 20 m) within some 5 km of them. Where there is no
-- outline at all, every zone may mean it. ``among`` asks for these divisions alone.
CREATE OR REPLACE FUNCTION divisions_touched(shapes geometry[], among text[] DEFAULT NULL)
    RETURNS TABLE (shape int, code text)
    LANGUAGE plpgsql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    adrift text[];
    nearest text[];
BEGIN
    RETURN QUERY
    WITH named AS MATERIALIZED (
        SELECT a.code, CASE WHEN a.geom IS NOT NULL THEN a.code ELSE (
            SELECT b.code FROM area b WHERE b.geom IS NOT NULL AND starts_with(a.code, b.code)
            ORDER BY length(b.code) DESC LIMIT 1) END AS around
        FROM area a WHERE among IS NULL OR a.code = ANY (among)
    ), touched AS MATERIALIZED (
        SELECT s.n, a.code
        FROM unnest(shapes) WITH ORDINALITY AS s (geom, n)
        JOIN area a ON a.geom && ST_Expand(s.geom, 1e-9)
          AND (ST_Intersects(s.geom, a.geom) OR ST_DWithin(s.geom, a.geom, 1e-9))
        WHERE among IS NULL OR a.code IN (SELECT around FROM named)
    )
    SELECT t.n::int, n.code FROM touched t JOIN named n ON n.around = t.code;

    SELECT array_agg(a.code ORDER BY a.code), array_agg((
            SELECT p.code FROM area p
            WHERE starts_with(a.code, p.code)
              AND EXISTS (SELECT FROM area b WHERE b.geom IS NOT NULL AND starts_with(b.code, p.code))
            ORDER BY length(p.code) DESC LIMIT 1) ORDER BY a.code)
        INTO adrift, nearest
        FROM area a
        WHERE (among IS NULL OR a.code = ANY (among))
          AND NOT EXISTS (SELECT FROM area b WHERE b.geom IS NOT NULL AND starts_with(a.code, b.code));
    IF adrift IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH lost AS MATERIALIZED (
        SELECT * FROM unnest(adrift, nearest) AS l (code, near)
    ), near AS MATERIALIZED (
        SELECT l.near AS code, array_agg(b.code) AS outlined, ST_ConvexHull(ST_Collect(b.geom)) AS hull
        FROM (SELECT DISTINCT near FROM lost) l JOIN area b ON b.geom IS NOT NULL AND starts_with(b.code, l.near)
        GROUP BY 1
    ), part AS MATERIALIZED (
        SELECT s.n, s.geom, ST_Buffer(ST_Difference(s.geom, coalesce((
            SELECT ST_Union(a.geom) FROM area a WHERE a.geom && s.geom), ST_SetSRID('MULTIPOLYGON EMPTY'::geometry, 4490))), -0.0002) AS gap
        FROM unnest(shapes) WITH ORDINALITY AS s (geom, n)
    ), reached AS (
        SELECT p.n, n.code
        FROM part p JOIN near n
          ON (NOT ST_IsEmpty(p.gap) AND ST_DWithin(n.hull, p.gap, 0.05))
          OR EXISTS (
            SELECT FROM area a WHERE a.code = ANY (n.outlined) AND a.geom && ST_Expand(p.geom, 1e-9)
              AND ST_DWithin(p.geom, a.geom, 1e-9))
    )
    SELECT r.n::int, l.code FROM reached r JOIN lost l ON l.near = r.code
    UNION
    SELECT p.n::int, l.code FROM part p CROSS JOIN lost l WHERE l.near IS NULL;
END
$$;

-- Zones of events that are not over, and standing areas, are completed: the next 下达任务 finds the houses.
INSERT INTO hazard_zone_area (zone_id, area_code, whole, overlap_m2)
    SELECT d.ids[t.shape], t.code, false, NULL
    FROM (
        SELECT array_agg(z.id ORDER BY z.id) AS ids, array_agg(z.geom ORDER BY z.id) AS shapes
        FROM hazard_zone z
        LEFT JOIN hazard_event e ON e.id = z.event_id
        LEFT JOIN zone_revision r ON r.id = z.revision_id
        WHERE z.geom IS NOT NULL
          AND (z.event_id IS NULL AND z.ended_at IS NULL OR e.phase NOT IN ('closed', 'mistaken') AND r.n = e.revision)
          AND NOT EXISTS (SELECT FROM hazard_zone_area w WHERE w.zone_id = z.id AND w.whole)
    ) d
    CROSS JOIN LATERAL divisions_touched(d.shapes) t
    WHERE d.ids IS NOT NULL
ON CONFLICT (zone_id, area_code) DO NOTHING;
