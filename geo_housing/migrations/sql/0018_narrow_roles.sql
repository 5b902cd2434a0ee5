-- Rights of shifts, departments and orders; and two roles beside gh_app for those who see one list only. gh_app's own policies
-- stay as they are: whoever works with an area pays nothing for those who do not. What is not given here, the two do not
-- see, whatever a page asks for, and a table that comes later neither.
GRANT SELECT, INSERT ON department TO gh_app;
GRANT UPDATE (name, categories, ended_at, version) ON department TO gh_app;
GRANT SELECT, INSERT ON duty_handover, duty_takeover TO gh_app;
GRANT SELECT, INSERT ON work_order, work_order_house TO gh_app;
GRANT UPDATE (ended_at, ended_by, ended_reason, version) ON work_order TO gh_app;
GRANT SELECT ON department, duty_handover, duty_takeover, work_order, work_order_house TO gh_backup;
GRANT USAGE ON SEQUENCE department_id_seq, duty_handover_id_seq, duty_takeover_id_seq, work_order_id_seq TO gh_app;
GRANT SELECT ON SEQUENCE department_id_seq, duty_handover_id_seq, duty_takeover_id_seq, work_order_id_seq TO gh_backup;

DO $$
DECLARE
    kept text;
    own text := 'scope_code >= gh_area_lo() AND scope_code < gh_area_hi()';
BEGIN
    FOREACH kept IN ARRAY ARRAY['department', 'duty_handover', 'duty_takeover', 'work_order', 'work_order_house'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY read_own ON %I FOR SELECT TO gh_app USING (%s)', kept, own);
        EXECUTE format('CREATE POLICY add_own ON %I FOR INSERT TO gh_app WITH CHECK (%s)', kept, own);
    END LOOP;
    FOREACH kept IN ARRAY ARRAY['department', 'work_order'] LOOP
        EXECUTE format('CREATE POLICY change_own ON %I FOR UPDATE TO gh_app USING (%s)', kept, own);
    END LOOP;
    -- Who handed over to whom, and when, is history.
    FOREACH kept IN ARRAY ARRAY['duty_handover', 'duty_takeover'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION refuse_change()', kept);
        EXECUTE format('CREATE TRIGGER append_only_all BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
    END LOOP;
END
$$;

-- A shift: from its beginning until somebody took over or the office ended it, at the latest until its cap.
CREATE FUNCTION gh_shift_holds(shift bigint, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM area_grant g WHERE g.id = shift AND g.role = 'duty'
        AND g.shift_from <= at AND at < least(g.shift_ended_at, g.shift_cap))
$$;
REVOKE ALL ON FUNCTION gh_shift_holds(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gh_shift_holds(bigint, timestamptz) TO gh_app;

-- The grant under which somebody works who sees one list only; the door states it for them alone.
CREATE FUNCTION gh_grant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('gh.grant', true), '')::bigint $$;
-- What it opens is looked up, never taken from whoever asks.
CREATE FUNCTION gh_grant_user() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.user_id FROM area_grant g WHERE g.id = gh_grant()
$$;
CREATE FUNCTION gh_organisation() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.organisation COLLATE "C" FROM area_grant g WHERE g.id = gh_grant() AND g.role = 'third_party'
$$;
CREATE FUNCTION gh_department_categories() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT d.categories FROM area_grant g JOIN department d ON d.id = g.department_id
    WHERE g.id = gh_grant() AND g.role = 'department' AND d.ended_at IS NULL
$$;
-- Orders that stand: of one's own organisation, from within one's area or from above it.
CREATE FUNCTION gh_open_orders() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.id FROM work_order o
    WHERE o.ended_at IS NULL AND o.organisation = (SELECT gh_organisation()) COLLATE "C"
      AND ((o.scope_code >= gh_area_lo() AND o.scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), o.scope_code))
$$;
CREATE FUNCTION gh_ordered_houses() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT h.house_id FROM work_order_house h WHERE h.order_id IN (SELECT gh_open_orders())
$$;
REVOKE ALL ON FUNCTION gh_grant_user(), gh_organisation(), gh_department_categories(), gh_open_orders(),
    gh_ordered_houses() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gh_grant_user() TO gh_department, gh_third_party;
GRANT EXECUTE ON FUNCTION gh_department_categories() TO gh_department;
GRANT EXECUTE ON FUNCTION gh_organisation(), gh_open_orders(), gh_ordered_houses() TO gh_third_party;

-- What both need for the frame of a page, for signing out, for their own password and tokens, and to leave a trace.
DO $$
DECLARE
    narrow text;
    own text := '%1$I >= gh_area_lo() AND %1$I < gh_area_hi()';
BEGIN
    FOREACH narrow IN ARRAY ARRAY['gh_department', 'gh_third_party'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', narrow);
        EXECUTE format('GRANT SELECT ON policy_setting, area, area_grant TO %I', narrow);
        EXECUTE format('GRANT SELECT, UPDATE ON app_user TO %I', narrow);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_session TO %I', narrow);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON api_token TO %I', narrow);
        EXECUTE format('GRANT INSERT ON journal_entry TO %I', narrow);
        EXECUTE format('GRANT SELECT (id) ON journal_entry TO %I', narrow);
        EXECUTE format('CREATE POLICY %I ON policy_setting FOR SELECT TO %I USING (true)', narrow || '_reads', narrow);
        EXECUTE format('CREATE POLICY %I ON area_grant FOR SELECT TO %I USING (user_id = (SELECT gh_grant_user()))',
            narrow || '_own', narrow);
        EXECUTE format('CREATE POLICY %I ON area FOR SELECT TO %I USING ((%s) OR starts_with(gh_area_lo(), code))',
            narrow || '_overlap', narrow, format(own, 'code'));
        EXECUTE format('CREATE POLICY %I ON journal_entry FOR INSERT TO %I WITH CHECK (true)', narrow || '_writes', narrow);
        -- For the number of the entry that was just made.
        EXECUTE format('CREATE POLICY %I ON journal_entry FOR SELECT TO %I USING (%s)',
            narrow || '_numbers', narrow, format(own, 'scope_code'));
    END LOOP;
END
$$;

-- 部门: households of the categories that it certifies, and the houses they live in; no number, telephone or trait of theirs,
-- no point, no house without such a household.
GRANT SELECT ON department TO gh_department;
GRANT SELECT (id, scope_code, head, persons, categories) ON household TO gh_department;
GRANT SELECT (id, house_id, household_id, scope_code, relation, to_on) ON house_household TO gh_department;
GRANT SELECT (id, scope_code, code, settlement, structure, built_year, risk, grade, grade_basis, graded_on, renovation,
    measure, ended_on) ON house TO gh_department;
CREATE POLICY department_own ON department FOR SELECT TO gh_department
    USING (id = (SELECT g.department_id FROM area_grant g WHERE g.id = gh_grant()));
CREATE POLICY department_list ON household FOR SELECT TO gh_department
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi()
        AND categories && (SELECT gh_department_categories()));
CREATE POLICY department_list ON house_household FOR SELECT TO gh_department
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi() AND relation = 'lives' AND to_on IS NULL
        AND EXISTS (SELECT FROM household k WHERE k.id = household_id));
CREATE POLICY department_list ON house FOR SELECT TO gh_department
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi()
        AND EXISTS (SELECT FROM house_household l WHERE l.house_id = house.id));

-- 第三方机构: its orders, their houses and what the signing of a conclusion needs of them; no family.
GRANT SELECT ON work_order, work_order_house TO gh_third_party;
GRANT SELECT (id, scope_code, code, settlement, structure, built_year, storeys, rooms, area_m2, risk, grade, people,
    households_without_size, geom) ON house TO gh_third_party;
GRANT SELECT (id, scope_code, name, kind, mode, level, phase, created_at) ON hazard_event TO gh_third_party;
GRANT SELECT (id, event_id, house_id, scope_code, state, result, damage, finding_items, done_at)
    ON emergency_inspection TO gh_third_party;
GRANT SELECT (id, event_id, house_id, scope_code, conclusion, items, advice, signed_by, unit, signed_at, entered_at,
    supersedes) ON emergency_conclusion TO gh_third_party;
GRANT SELECT (id, scope_code, name, unit, team, certificate, areas, app_user_id, valid_from, valid_to)
    ON technician TO gh_third_party;
CREATE POLICY third_party_own ON work_order FOR SELECT TO gh_third_party
    USING (id = ANY (ARRAY(SELECT gh_open_orders())));
CREATE POLICY third_party_own ON work_order_house FOR SELECT TO gh_third_party
    USING (order_id = ANY (ARRAY(SELECT gh_open_orders())));
CREATE POLICY third_party_ordered ON house FOR SELECT TO gh_third_party
    USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi()
        AND id = ANY (ARRAY(SELECT gh_ordered_houses())));
CREATE POLICY third_party_ordered ON hazard_event FOR SELECT TO gh_third_party
    USING (id = ANY (ARRAY(SELECT o.event_id FROM work_order o)));
DO $$
DECLARE
    followed text;
BEGIN
    -- Of a house only what belongs to the event of the order.
    FOREACH followed IN ARRAY ARRAY['emergency_inspection', 'emergency_conclusion'] LOOP
        EXECUTE format('CREATE POLICY third_party_ordered ON %1$I FOR SELECT TO gh_third_party'
            ' USING (scope_code >= gh_area_lo() AND scope_code < gh_area_hi()'
            ' AND house_id = ANY (ARRAY(SELECT gh_ordered_houses()))'
            ' AND EXISTS (SELECT FROM work_order o JOIN work_order_house h ON h.order_id = o.id'
            '     WHERE o.event_id = %1$I.event_id AND h.house_id = %1$I.house_id))', followed);
    END LOOP;
END
$$;
CREATE POLICY third_party_own ON technician FOR SELECT TO gh_third_party
    USING (unit = (SELECT gh_organisation())
        AND ((scope_code >= gh_area_lo() AND scope_code < gh_area_hi()) OR starts_with(gh_area_lo(), scope_code)));

-- The signing itself is the conclusions' room: the service goes there as gh_app, narrowed to the village of the house. Whoever
-- came by an order signs for its houses, its event and its own people only, whatever that room lets pass.
CREATE FUNCTION refuse_conclusion_without_order() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF gh_grant() IS NOT NULL AND NOT EXISTS (
        SELECT FROM work_order o JOIN work_order_house h ON h.order_id = o.id
            JOIN area_grant g ON g.organisation = o.organisation
        WHERE g.id = gh_grant() AND g.role = 'third_party' AND o.ended_at IS NULL
          AND o.event_id = NEW.event_id AND h.house_id = NEW.house_id AND NEW.unit = o.organisation
    ) THEN
        RAISE EXCEPTION 'no order of one''s own: row-level security lets a third party sign for its orders only'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION refuse_conclusion_without_order() FROM PUBLIC;
CREATE TRIGGER by_order BEFORE INSERT ON emergency_conclusion
    FOR EACH ROW EXECUTE FUNCTION refuse_conclusion_without_order();
