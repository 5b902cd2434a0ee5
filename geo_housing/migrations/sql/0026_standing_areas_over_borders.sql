-- A standing risk area that a township drew is seen where it reaches, too, with its measures and who answers for it: else the
-- neighbour's list and figures pass it over, and whichever of the two was brought up to date last has the word. It stays for
-- its own township to change and to end. What only ends at the common border line reaches nobody, the same difference as for a
-- chosen division (divisions_overlapped): hazard_zone_area.overlap_m2 of a standing area says where else than in its own
-- division it lies, and how much of it.
UPDATE hazard_zone_area a SET overlap_m2 = o.overlap_m2
FROM (
    SELECT d.ids[o.shape] AS zone_id, o.code, o.overlap_m2
    FROM (SELECT array_agg(id ORDER BY id) AS ids, array_agg(geom ORDER BY id) AS shapes,
            array_agg(scope_code ORDER BY id) AS scopes
        FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL) d
    CROSS JOIN LATERAL divisions_overlapped(d.shapes, d.scopes, 100) o
) o
WHERE a.zone_id = o.zone_id AND a.area_code = o.code;

CREATE POLICY read_reaching ON hazard_zone FOR SELECT TO gh_app
    USING (event_id IS NULL AND EXISTS (
        SELECT FROM hazard_zone_area a
        WHERE a.zone_id = hazard_zone.id AND a.overlap_m2 IS NOT NULL
          AND a.area_code >= gh_area_lo() AND a.area_code < gh_area_hi()));

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['standing_area', 'standing_person'] LOOP
        EXECUTE format('CREATE POLICY read_reaching ON %1$I FOR SELECT TO gh_app USING (EXISTS ('
            ' SELECT FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id'
            ' WHERE z.id = %1$I.zone_id AND z.event_id IS NULL AND z.scope_code = %1$I.scope_code'
            '   AND a.overlap_m2 IS NOT NULL AND a.area_code >= gh_area_lo() AND a.area_code < gh_area_hi()))', kept);
    END LOOP;
END
$$;
