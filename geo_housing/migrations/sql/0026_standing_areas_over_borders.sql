-- A standing risk area that a township drew is seen where it reaches, too, with its measures and who answers for it: else the
-- neighbour's list and figures pass it over, and whichever of the two was brought up to date last has the word. It stays for
-- its own township to change and to end.
CREATE POLICY read_reaching ON hazard_zone FOR SELECT TO gh_app
    USING (event_id IS NULL AND EXISTS (
        SELECT FROM hazard_zone_area a
        WHERE a.zone_id = hazard_zone.id AND a.area_code >= gh_area_lo() AND a.area_code < gh_area_hi()));

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['standing_area', 'standing_person'] LOOP
        EXECUTE format('CREATE POLICY read_reaching ON %1$I FOR SELECT TO gh_app USING (EXISTS ('
            ' SELECT FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id'
            ' WHERE z.id = %1$I.zone_id AND z.event_id IS NULL AND z.scope_code = %1$I.scope_code'
            '   AND a.area_code >= gh_area_lo() AND a.area_code < gh_area_hi()))', kept);
    END LOOP;
END
$$;
