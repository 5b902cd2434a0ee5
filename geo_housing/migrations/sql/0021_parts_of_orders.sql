-- An order ends by itself after a day, and gives back single houses; the townships whose houses stand in it read it.
GRANT UPDATE (due_on, ends_on) ON work_order TO gh_app;
GRANT UPDATE (withdrawn_at, withdrawn_by, withdrawn_reason) ON work_order_house TO gh_app;
CREATE POLICY change_own ON work_order_house FOR UPDATE TO gh_app
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi());

-- Whoever sees a house knows whom the county has sent there. After the own rows, so that a county looks no house up.
DROP POLICY read_own ON work_order_house;
CREATE POLICY read_own ON work_order_house FOR SELECT TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi())
        OR (starts_with(gh_area_lo(), scope_code) AND EXISTS (SELECT FROM house h WHERE h.id = house_id)));
DROP POLICY read_own ON work_order;
CREATE POLICY read_own ON work_order FOR SELECT TO gh_app
    USING ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi())
        OR (starts_with(gh_area_lo(), scope_code)
            AND EXISTS (SELECT FROM work_order_house w WHERE w.order_id = work_order.id)));

-- Orders that stand, and their houses that were not given back.
CREATE FUNCTION gh_order_stands(ended_at timestamptz, ends_on date) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ended_at IS NULL AND (ends_on IS NULL OR ends_on >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
$$;
CREATE OR REPLACE FUNCTION gh_open_orders() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id FROM work_order o
    WHERE gh_order_stands(o.ended_at, o.ends_on) AND o.organisation = (SELECT gh_organisation()) COLLATE "C"
      AND ((o.scope_code >= gh_area_lo() AND o.scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), o.scope_code))
$$;
CREATE OR REPLACE FUNCTION gh_ordered_houses() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT h.house_id FROM work_order_house h
    WHERE h.withdrawn_at IS NULL AND h.order_id IN (SELECT gh_open_orders())
$$;
DROP POLICY third_party_own ON work_order_house;
CREATE POLICY third_party_own ON work_order_house FOR SELECT TO gh_third_party
    USING (withdrawn_at IS NULL AND order_id = ANY (ARRAY(SELECT gh_open_orders())));
CREATE OR REPLACE FUNCTION refuse_conclusion_without_order() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF gh_grant() IS NOT NULL AND NOT EXISTS (
        SELECT FROM work_order o JOIN work_order_house h ON h.order_id = o.id
            JOIN area_grant g ON g.organisation = o.organisation
        WHERE g.id = gh_grant() AND g.role = 'third_party' AND gh_order_stands(o.ended_at, o.ends_on)
          AND h.withdrawn_at IS NULL
          AND o.event_id = NEW.event_id AND h.house_id = NEW.house_id AND NEW.unit = o.organisation
    ) THEN
        RAISE EXCEPTION 'no order of one''s own: row-level security lets a third party sign for its orders only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
