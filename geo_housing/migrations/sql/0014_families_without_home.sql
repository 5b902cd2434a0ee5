-- A house that ends does not take its families along: those of a duplicate go to the kept house, the others wait in a
-- list until somebody says where they live. Everything here runs with the rights of whoever calls it.

-- A family comes to live in a house, which it may have owned until then.
CREATE FUNCTION house_take_in(home bigint, family bigint, since date) RETURNS void LANGUAGE sql AS $$
    UPDATE house_household SET to_on = since
        WHERE house_id = home AND household_id = family AND relation = 'owns' AND to_on IS NULL;
    INSERT INTO house_household (house_id, household_id, scope_code, relation, from_on)
        SELECT h.id, family, h.scope_code, 'lives', since FROM house h WHERE h.id = home;
    UPDATE household k SET scope_code = h.scope_code FROM house h
        WHERE h.id = home AND k.id = family AND k.scope_code <> h.scope_code;
    UPDATE category_certificate c SET scope_code = h.scope_code FROM house h
        WHERE h.id = home AND c.household_id = family AND c.scope_code <> h.scope_code;
$$;

-- What is known of one of two records of a family and not of the other; the phone is sealed for its own record and stays.
CREATE FUNCTION household_fill(kept bigint, other bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE household k SET persons = coalesce(k.persons, o.persons), categories = coalesce(k.categories, o.categories),
        monitoring = coalesce(k.monitoring, o.monitoring), traits = coalesce(k.traits, o.traits),
        version = k.version + 1, updated_at = now()
        FROM household o
        WHERE k.id = kept AND o.id = other AND (k.persons, k.categories, k.monitoring, k.traits) IS DISTINCT FROM (
            coalesce(k.persons, o.persons), coalesce(k.categories, o.categories), coalesce(k.monitoring, o.monitoring),
            coalesce(k.traits, o.traits));
    INSERT INTO category_certificate (household_id, scope_code, category, certified_on, valid_to, certifier, document)
        SELECT k.id, k.scope_code, c.category, c.certified_on, c.valid_to, c.certifier, c.document
        FROM category_certificate c JOIN household k ON k.id = kept
        WHERE c.household_id = other
          AND NOT EXISTS (SELECT FROM category_certificate o WHERE o.household_id = kept AND o.category = c.category);
$$;

-- The families of a duplicate go to the house that is kept. One that is registered there already (the same ID number, or
-- the same head where one of the two records has no number) is not doubled: the record with the number stays.
CREATE FUNCTION house_families_to(ended bigint, kept bigint, since date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mine record;
    theirs record;
BEGIN
    FOR mine IN
        SELECT l.id AS link, k.id, k.head, k.id_number_key
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.house_id = ended AND l.relation = 'lives' AND l.to_on IS NULL ORDER BY l.id
    LOOP
        SELECT l.id AS link, k.id, k.id_number_key INTO theirs
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.house_id = kept AND l.relation = 'lives' AND l.to_on IS NULL
          AND (k.id_number_key = mine.id_number_key
              OR (k.head = mine.head AND (k.id_number_key IS NULL OR mine.id_number_key IS NULL)))
        ORDER BY k.id_number_key IS NOT DISTINCT FROM mine.id_number_key DESC, l.id LIMIT 1;
        IF NOT FOUND THEN
            UPDATE house_household SET to_on = since, closed_with = 'moved' WHERE id = mine.link;
            PERFORM house_take_in(kept, mine.id, since);
        ELSIF theirs.id_number_key IS NULL AND mine.id_number_key IS NOT NULL THEN
            UPDATE house_household SET to_on = since, closed_with = 'moved' WHERE id = mine.link;
            UPDATE house_household SET to_on = since, closed_with = 'same' WHERE id = theirs.link;
            PERFORM house_take_in(kept, mine.id, since);
            PERFORM household_fill(mine.id, theirs.id);
        ELSE
            UPDATE house_household SET to_on = since, closed_with = 'same' WHERE id = mine.link;
            PERFORM household_fill(theirs.id, mine.id);
        END IF;
    END LOOP;
END
$$;

-- Families that wait for a home: the house they lived in has ended, and no later one is known.
CREATE FUNCTION households_waiting(lo text, hi text) RETURNS TABLE (household_id bigint, house_id bigint, since date)
    LANGUAGE sql STABLE ROWS 100 AS $$
    SELECT l.household_id, l.house_id, l.to_on
    FROM house_household l JOIN household k ON k.id = l.household_id
    WHERE l.closed_with = 'ended' AND k.scope_code >= lo AND k.scope_code < hi
      AND NOT EXISTS (
          SELECT FROM house_household o
          WHERE o.household_id = l.household_id AND o.relation = 'lives' AND (o.id > l.id OR o.to_on IS NULL))
$$;
REVOKE ALL ON FUNCTION house_take_in(bigint, bigint, date), household_fill(bigint, bigint),
    house_families_to(bigint, bigint, date), households_waiting(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_take_in(bigint, bigint, date), household_fill(bigint, bigint),
    house_families_to(bigint, bigint, date), households_waiting(text, text) TO gh_app;

-- A family that waits stays with its house when that is placed in another division (0001_triggers.sql has those living there).
CREATE FUNCTION waiting_family_followed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE household k SET scope_code = NEW.scope_code FROM households_waiting('', ':') w
        WHERE w.house_id = NEW.id AND k.id = w.household_id;
    UPDATE category_certificate c SET scope_code = NEW.scope_code FROM households_waiting('', ':') w
        WHERE w.house_id = NEW.id AND c.household_id = w.household_id;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION waiting_family_followed() FROM PUBLIC;
CREATE TRIGGER waiting_followed AFTER UPDATE ON house FOR EACH ROW
    WHEN (NEW.ended_on IS NOT NULL AND OLD.scope_code IS DISTINCT FROM NEW.scope_code)
    EXECUTE FUNCTION waiting_family_followed();

-- Which of these ID numbers are registered in the caller's county, but not in their area: two townships may each have entered
-- one person, and neither sees the other's household. Tells the number alone, which the caller has.
CREATE FUNCTION id_numbers_elsewhere(keys uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT k.id_number_key FROM household k
    WHERE k.id_number_key = ANY (keys) AND length(gh_area_lo()) > 6
      AND k.scope_code >= left(gh_area_lo(), 6) AND k.scope_code < (left(gh_area_lo(), 6) || ':') COLLATE "C"
      AND NOT (k.scope_code >= coalesce(gh_area_lo(), ':') AND k.scope_code < coalesce(gh_area_hi(), ''))
      AND EXISTS (SELECT FROM house_household l
          WHERE l.household_id = k.id AND l.relation = 'lives' AND (l.to_on IS NULL OR l.closed_with = 'ended'))
$$;
REVOKE ALL ON FUNCTION id_numbers_elsewhere(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION id_numbers_elsewhere(uuid[]) TO gh_app;

-- What stands: families of duplicates to the kept house, all others to those that wait.
DO $$
DECLARE
    house record;
BEGIN
    FOR house IN
        SELECT h.id, h.ended_on, k.id AS kept FROM house h
        LEFT JOIN house k ON k.id = h.duplicate_of AND k.ended_on IS NULL AND h.ended_reason = 'duplicate'
        WHERE h.ended_on IS NOT NULL AND EXISTS (
            SELECT FROM house_household l WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL)
        ORDER BY h.id
    LOOP
        IF house.kept IS NOT NULL THEN
            PERFORM house_families_to(house.id, house.kept, house.ended_on);
        END IF;
        UPDATE house_household SET to_on = house.ended_on, closed_with = 'ended'
            WHERE house_id = house.id AND relation = 'lives' AND to_on IS NULL;
        PERFORM house_recount(array_remove(ARRAY[house.id, house.kept], NULL));
    END LOOP;
END
$$;
