-- Functions the rooms call. SECURITY DEFINER ones see behind the policies and therefore give out as little as
-- they can: codes only, or rows whose declared village lies in the caller's own area.

-- Loads take their ids in blocks of 2^20 from far above the identity columns: a line then knows its household's
-- id before it is staged, which the encryption needs as associated data.
CREATE SEQUENCE intake_block START 1048576;
GRANT USAGE ON SEQUENCE intake_block TO gh_app;
GRANT SELECT ON SEQUENCE intake_block TO gh_backup;

-- The six key groups among the protection categories; NULL when there is none, so that most rows store nothing.
CREATE FUNCTION key_groups_of(categories text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN categories IS NULL THEN NULL ELSE (
        SELECT array_agg(code ORDER BY code) FROM unnest(categories) code
        WHERE code IN ('K1', 'K2', 'K3', 'K4', 'K5', 'K6')) END
$$;

-- Brings the caches of houses (households, people, key groups, traits) in step with the families living there.
CREATE FUNCTION house_recount(houses bigint[]) RETURNS bigint LANGUAGE sql AS $$
    WITH updated AS (
        UPDATE house h SET households = c.households, people = c.people, key_groups = c.key_groups, traits = c.traits
        FROM unnest(houses) AS x (id)
        CROSS JOIN LATERAL (
            SELECT count(*)::smallint AS households, coalesce(sum(k.persons), 0)::smallint AS people,
                string_to_array(string_agg(array_to_string(key_groups_of(k.categories), ','), ',' ORDER BY k.id), ',')
                    COLLATE "C" AS key_groups,
                string_to_array(string_agg(array_to_string(k.traits, ','), ',' ORDER BY k.id), ',') COLLATE "C" AS traits
            FROM house_household l JOIN household k ON k.id = l.household_id
            WHERE l.house_id = x.id AND l.relation = 'lives' AND l.to_on IS NULL
            OFFSET 0
        ) c
        WHERE h.id = x.id AND (h.households, h.people, h.key_groups, h.traits)
            IS DISTINCT FROM (c.households, c.people, c.key_groups, c.traits)
        RETURNING 1
    )
    SELECT count(*) FROM updated
$$;

-- Which of these house codes belong to houses outside the caller's area: a load must not create them twice.
CREATE FUNCTION house_codes_elsewhere(codes text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT h.code FROM house h
    WHERE h.code = ANY (codes)
      AND NOT (h.scope_code >= coalesce(gh_area_lo(), ':') AND h.scope_code < coalesce(gh_area_hi(), ''))
$$;
REVOKE ALL ON FUNCTION house_codes_elsewhere(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_codes_elsewhere(text[]) TO gh_app;

-- Last serial number that generated codes (area code + 5 digits) of an area have reached, whoever sees them.
CREATE FUNCTION house_last_serial(area text) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(max(right(code, 5)::int), 0) FROM house
    WHERE code >= (area COLLATE "C") || '00000' AND code <= (area COLLATE "C") || '99999'
      AND length(code) = length(area) + 5 AND right(code, 5) ~ '^[0-9]{5}$'
$$;
REVOKE ALL ON FUNCTION house_last_serial(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION house_last_serial(text) TO gh_app;

-- Fresh statistics after a large change. Without them the planner takes tables that have just grown for tiny
-- ones and loops over them; waiting for autovacuum means a slow first minute after every load. What nothing is
-- searched by (ciphertexts, JSON, geometry beside its tile_key) can wait for it: to compare such values is most of the work.
CREATE FUNCTION register_analyze() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT a.attrelid::regclass AS relation, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
        FROM pg_attribute a
        WHERE a.attrelid IN ('house'::regclass, 'household'::regclass, 'house_household'::regclass, 'grade_record'::regclass)
          AND a.attnum > 0 AND NOT a.attisdropped
          AND a.atttypid NOT IN ('bytea'::regtype, 'jsonb'::regtype, 'geometry'::regtype)
          AND a.attname NOT LIKE '%\_masked'
        GROUP BY a.attrelid
    LOOP
        EXECUTE format('ANALYZE %s (%s)', part.relation, part.columns);
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION register_analyze() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_analyze() TO gh_app;

-- Which of these hashes any row of stored_file names, in whoever's area: bytes are deleted only when none does.
CREATE FUNCTION stored_bytes_named(hashes text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT f.sha256 FROM stored_file f WHERE f.sha256 = ANY (hashes)
$$;
REVOKE ALL ON FUNCTION stored_bytes_named(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stored_bytes_named(text[]) TO gh_app;
