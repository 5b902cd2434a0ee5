-- Photos beside a conclusion by order: the service keeps them as gh_app, narrowed to the village of the house. Whoever came by
-- an order adds photos to its houses in its event only, whatever the rooms below let pass.
CREATE FUNCTION refuse_photo_without_order() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF gh_grant() IS NOT NULL AND NOT EXISTS (
        SELECT FROM emergency_inspection i
            JOIN work_order o ON o.event_id = i.event_id
            JOIN work_order_house h ON h.order_id = o.id AND h.house_id = i.house_id
            JOIN area_grant g ON g.organisation = o.organisation
        WHERE i.id = NEW.inspection_id AND g.id = gh_grant() AND g.role = 'third_party'
          AND gh_order_stands(o.ended_at, o.ends_on) AND h.withdrawn_at IS NULL
    ) THEN
        RAISE EXCEPTION 'no order of one''s own: row-level security lets a third party add photos to its orders only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION refuse_photo_without_order() FROM PUBLIC;
CREATE TRIGGER by_order BEFORE INSERT OR UPDATE ON inspection_photo
    FOR EACH ROW EXECUTE FUNCTION refuse_photo_without_order();
