-- As 0012_conclusions.sql has it: a family that waits for a home follows a house that it has only left, too. Nobody saw it
-- any more, neither where the house was nor where it had been placed.
CREATE OR REPLACE FUNCTION house_scope_followed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ids bigint[];
    codes text[];
BEGIN
    -- EXCEPT is hashed; a join of the two row sets has no statistics and becomes quadratic.
    SELECT array_agg(id), array_agg(scope_code) INTO ids, codes FROM (
        SELECT id, scope_code FROM after_rows EXCEPT SELECT id, scope_code FROM before_rows) moved;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE household k SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code)
        JOIN house_household l ON l.house_id = m.id AND l.relation = 'lives' AND l.to_on IS NULL
        WHERE k.id = l.household_id AND k.scope_code <> m.code;
    UPDATE category_certificate c SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code)
        JOIN house_household l ON l.house_id = m.id AND l.relation = 'lives' AND l.to_on IS NULL
        WHERE c.household_id = l.household_id AND c.scope_code <> m.code;
    -- Who waits for a home stays with the house that was lost, whether it has ended or was only left: the links follow it below,
    -- and whoever sees them must see the family.
    UPDATE household k SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code) JOIN households_waiting('', ':') w ON w.house_id = m.id
        WHERE k.id = w.household_id AND k.scope_code <> m.code;
    UPDATE category_certificate c SET scope_code = m.code
        FROM unnest(ids, codes) AS m (id, code) JOIN households_waiting('', ':') w ON w.house_id = m.id
        WHERE c.household_id = w.household_id AND c.scope_code <> m.code;
    UPDATE house_household t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE house_alias t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE grade_record t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE ledger_difference t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    -- The township's desk hands it on: the village that had the task is no longer the house's.
    UPDATE emergency_inspection t SET scope_code = m.code, assignee_area = left(m.code, 9)
        FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE evacuation t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE evacuation_step s SET scope_code = e.scope_code
        FROM evacuation e WHERE e.house_id = ANY (ids) AND s.evacuation_id = e.id AND s.scope_code <> e.scope_code;
    UPDATE emergency_conclusion t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE unsafe_home t SET scope_code = m.code FROM unnest(ids, codes) AS m (id, code) WHERE t.house_id = m.id;
    UPDATE inspection_photo p SET scope_code = e.scope_code
        FROM emergency_inspection e WHERE e.house_id = ANY (ids) AND p.inspection_id = e.id;
    -- The picture itself, unless it also belongs to an inspection that stays.
    UPDATE stored_file f SET scope_code = p.scope_code
        FROM inspection_photo p JOIN emergency_inspection e ON e.id = p.inspection_id
        WHERE e.house_id = ANY (ids) AND f.id = p.file_id AND f.scope_code <> p.scope_code
          AND NOT EXISTS (SELECT FROM inspection_photo o WHERE o.file_id = f.id AND o.scope_code <> p.scope_code);
    RETURN NULL;
END
$$;
DROP TRIGGER waiting_followed ON house;
DROP FUNCTION waiting_family_followed();
UPDATE household k SET scope_code = h.scope_code FROM households_waiting('', ':') w JOIN house h ON h.id = w.house_id
    WHERE k.id = w.household_id AND k.scope_code <> h.scope_code;
UPDATE category_certificate c SET scope_code = k.scope_code FROM households_waiting('', ':') w JOIN household k ON k.id = w.household_id
    WHERE c.household_id = w.household_id AND c.scope_code <> k.scope_code;

-- Divisions of the caller's county beyond their own area, with their other names: a township's ledger that speaks of its
-- neighbour's villages is told so. Names and codes of divisions are public.
CREATE FUNCTION divisions_beyond() RETURNS TABLE (code text, level text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH beyond AS (
        SELECT a.code, a.level, a.name FROM area a
        WHERE length(gh_area_lo()) > 6 AND a.valid_to IS NULL AND length(a.code) > 6
          AND a.code >= left(gh_area_lo(), 6) AND a.code < (left(gh_area_lo(), 6) || ':') COLLATE "C"
          AND NOT (a.code >= gh_area_lo() AND a.code < gh_area_hi()) AND NOT starts_with(gh_area_lo(), a.code)
    )
    SELECT b.code, b.level, b.name FROM beyond b
    UNION ALL
    SELECT b.code, b.level, o.name FROM beyond b JOIN area_alias o ON o.area_code = b.code
$$;
REVOKE ALL ON FUNCTION divisions_beyond() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION divisions_beyond() TO gh_app;
