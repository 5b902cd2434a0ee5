-- Which divisions a zone touches, whoever asks: a township sees no outline but its own, and yet a house that its neighbour
-- declares may be meant by its zone. Codes of divisions are public; no row of a house or a family is read.

-- A division without outline is touched when the nearest one around it that has an outline is. ``among`` asks for these
-- divisions alone.
CREATE FUNCTION divisions_touched(shapes geometry[], among text[] DEFAULT NULL)
    RETURNS TABLE (shape int, code text)
    LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    SELECT t.n::int, n.code FROM touched t JOIN named n ON n.around = t.code
$$;
REVOKE ALL ON FUNCTION divisions_touched(geometry[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION divisions_touched(geometry[], text[]) TO gh_app;

-- What outlines really overlap, by more than ``least_m2`` square metres, beside the divisions ``chosen`` (one for each shape),
-- those in them and those around them.
CREATE FUNCTION divisions_overlapped(shapes geometry[], chosen text[], least_m2 float8)
    RETURNS TABLE (shape int, code text, overlap_m2 float8)
    LANGUAGE sql STABLE ROWS 100 SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.n::int, o.code, o.overlap_m2
    FROM (
        SELECT s.n, a.code,
            ST_Area(ST_CollectionExtract(ST_Intersection(s.geom, a.geom), 3)::geography) AS overlap_m2
        FROM unnest(shapes, chosen) WITH ORDINALITY AS s (geom, code, n)
        JOIN area a ON a.geom && s.geom AND a.valid_to IS NULL
        WHERE NOT starts_with(a.code, s.code) AND NOT starts_with(s.code, a.code)
          AND ST_Relate(s.geom, a.geom, 'T********')
    ) o
    WHERE o.overlap_m2 > least_m2
$$;
REVOKE ALL ON FUNCTION divisions_overlapped(geometry[], text[], float8) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION divisions_overlapped(geometry[], text[], float8) TO gh_app;

-- Zones that townships made before know of their own divisions only. Of events that are not over what is missing is added,
-- so that the next 下达任务 finds the houses; what was found stays.
WITH zone AS MATERIALIZED (
    SELECT z.id, z.geom, (
        SELECT min(w.area_code) FROM hazard_zone_area w WHERE w.zone_id = z.id AND w.whole) AS chosen
    FROM hazard_zone z
    JOIN hazard_event e ON e.id = z.event_id AND e.phase NOT IN ('closed', 'mistaken')
    JOIN zone_revision r ON r.id = z.revision_id AND r.n = e.revision
    WHERE z.geom IS NOT NULL
), drawn AS (
    SELECT array_agg(id ORDER BY id) AS ids, array_agg(geom ORDER BY id) AS shapes FROM zone WHERE chosen IS NULL
), named AS (
    SELECT array_agg(id ORDER BY id) AS ids, array_agg(geom ORDER BY id) AS shapes,
        array_agg(chosen ORDER BY id) AS chosen
    FROM zone WHERE chosen IS NOT NULL
)
INSERT INTO hazard_zone_area (zone_id, area_code, whole, overlap_m2)
    SELECT d.ids[t.shape], t.code, false, NULL FROM drawn d CROSS JOIN LATERAL divisions_touched(d.shapes) t
    UNION ALL
    SELECT n.ids[o.shape], o.code, false, o.overlap_m2
    FROM named n CROSS JOIN LATERAL divisions_overlapped(n.shapes, n.chosen, 100) o
ON CONFLICT (zone_id, area_code) DO NOTHING;
