-- Known houses: what the row states and the register does not hold yet. A blank cell is not stated; a cleared
-- one (无) empties the field; a signed grade is never overwritten by a ledger (D12).
CREATE TEMP TABLE wanted ON COMMIT DROP AS
    SELECT t.line, t.house_id AS id, h.scope_code AS old_scope, h.version,
        -- A point that a person has confirmed is not moved by a ledger.
        (s.tile_key IS NOT NULL AND h.location_note IS DISTINCT FROM 'confirmed'
            AND (h.geom IS NULL OR ST_X(h.geom) <> s.lon OR ST_Y(h.geom) <> s.lat)) AS moves,
        coalesce(s.declared_code, h.declared_code) AS declared_code,
        coalesce(s.settlement, h.settlement) AS settlement,
        s.lon, s.lat, s.tile_key,
        {fields}
        -- What no field takes joins what earlier ledgers brought; the original of a field that is understood now goes.
        CASE WHEN c.house_id IS NOT NULL
            THEN nullif(coalesce(h.extra, '{}') - ({stated_house_originals} || coalesce(o.understood, '{}'))
                || coalesce(o.stated, '{}'), '{}')
            WHEN s.extra IS NULL AND NOT coalesce(h.extra ?| {originals}, false) THEN h.extra
            ELSE nullif(coalesce(h.extra, '{}') - {stated_originals} || coalesce(s.extra, '{}'), '{}') END AS stated_extra,
        o.household_id AS own_household, CASE WHEN c.house_id IS NULL THEN s.renovation_year ELSE o.stated_year END AS own_year,
        h.grade AS old_grade, h.grade_basis AS old_basis, h.graded_on AS old_graded_on,
        coalesce(h.grade_basis IN ('assessment', 'appraisal'), false) AS is_signed,
        s.grade AS stated_grade, s.grade_basis AS stated_basis, s.graded_on AS stated_on,
        -- An older statement does not replace a newer one; a day that is still to come is none.
        coalesce(s.graded_on < h.graded_on AND h.graded_on <= i.today, false) AS is_older,
        s.renovation AS stated_renovation, h.renovation AS old_renovation,
        s.renovation_year AS stated_year, {year_said} AS is_year_said,
        CASE WHEN s.cleared & {renovation_year_bit} = 0 THEN coalesce(s.renovation_year, h.renovation_year) END AS wanted_year,
        CASE WHEN s.cleared & {suspected_bit} <> 0 OR NOT s.suspected THEN NULL
            WHEN s.suspected THEN coalesce(h.suspected_on, i.today) ELSE h.suspected_on END AS suspected_on
    FROM target t
    JOIN staging s ON s.line = t.line
    JOIN house h ON h.id = t.house_id
    LEFT JOIN crowded c ON c.house_id = h.id
    LEFT JOIN own o ON o.house_id = h.id AND o.is_the_houses
    CROSS JOIN intake i
    WHERE NOT t.is_new AND t.place = 1;

-- What the ledger says against a signed grade is left for a person.
INSERT INTO finding
    SELECT line, 'grade', stated_grade, 'differs', old_grade FROM wanted
    WHERE is_signed AND stated_grade IS NOT NULL AND stated_grade <> old_grade;

-- Nor does an older ledger undo a newer one, and is not passed over in silence: the day may be mistyped.
INSERT INTO finding
    SELECT line, 'grade', stated_grade, 'check', concat('older_grade:', old_grade, ' ', old_graded_on, ' ', stated_on)
    FROM wanted
    WHERE is_older AND NOT is_signed AND stated_grade <> old_grade
    LIMIT (SELECT greatest(100000 - count(*), 0) FROM finding WHERE kind = 'check');

CREATE TEMP TABLE decided ON COMMIT DROP AS
    WITH graded AS (
        SELECT w.*,
            CASE WHEN takes THEN stated_grade ELSE old_grade END AS grade,
            CASE WHEN takes THEN stated_basis ELSE old_basis END AS grade_basis,
            CASE WHEN takes THEN coalesce(stated_on, CASE WHEN stated_grade = old_grade THEN old_graded_on END)
                ELSE old_graded_on END AS graded_on
        FROM (
            SELECT w.*, (stated_grade IS NOT NULL AND NOT is_signed AND NOT is_older) AS takes
            FROM wanted w
        ) w
    ), renovated AS (
        SELECT g.*,
            CASE WHEN grade IN ('C', 'D') THEN coalesce(stated_renovation, nullif(old_renovation, 'not_needed'), 'unplanned')
                ELSE 'not_needed' END AS renovation
        FROM graded g
    )
    -- What is in no annual ledger, or no more, has no year of one; the year that the ledger wrote is kept as its word.
    SELECT r.*, CASE WHEN {is_in_ledger} THEN wanted_year END AS renovation_year,
        CASE WHEN {is_in_ledger} AND is_year_said THEN nullif(stated_extra - {year_originals}, '{}')
            WHEN {is_in_ledger} OR own_year IS NULL THEN stated_extra
            ELSE coalesce(stated_extra, '{}') || jsonb_build_object({year_kept_under}, own_year::text) END AS extra
    FROM renovated r;

INSERT INTO finding
    SELECT line, 'renovation_year', stated_year::text, 'cell', 'no_ledger:' || renovation FROM decided
    WHERE stated_year IS NOT NULL AND renovation_year IS NULL;

CREATE TEMP TABLE changed ON COMMIT DROP AS
    SELECT d.*, h.ended_on,
        CASE WHEN d.moves OR d.declared_code IS DISTINCT FROM h.declared_code
            THEN coalesce(p.village_code, CASE WHEN NOT d.moves THEN h.village_code END) ELSE h.village_code
        END AS village_code,
        (d.moves OR h.tile_key IS NULL
            OR (d.declared_code IS DISTINCT FROM h.declared_code AND h.location_note IS DISTINCT FROM 'confirmed'))
            AS is_placed,
        p.location_state AS new_state, p.location_note AS new_note, p.scope_code AS new_scope
    FROM decided d
    JOIN house h ON h.id = d.id
    LEFT JOIN placed p ON p.line = d.line
    WHERE d.moves
       OR h.ended_reason = 'mistaken'
       OR (h.declared_code, h.settlement, h.extra, {old_fields} h.grade, h.grade_basis, h.graded_on, h.suspected_on,
           h.renovation, h.renovation_year)
          IS DISTINCT FROM
          (d.declared_code, d.settlement, d.extra, {new_fields} d.grade, d.grade_basis, d.graded_on, d.suspected_on,
           d.renovation, d.renovation_year);

INSERT INTO import_change (batch_id, kind, row_id, scope_code, line, before, version_after)
    SELECT i.batch_id, 'house', h.id, h.scope_code, c.line,
        to_jsonb(h) - {derived}
            || jsonb_build_object('lon', ST_X(h.geom), 'lat', ST_Y(h.geom)),
        h.version + 1
    FROM changed c JOIN house h ON h.id = c.id CROSS JOIN intake i;

-- Rows of earlier families that were said by the house's cells stay as they were when a later family's row changes those.
UPDATE house_household l SET extra = coalesce(h.extra, '{}')
FROM changed c JOIN house h ON h.id = c.id
WHERE c.own_household IS NOT NULL AND c.extra IS DISTINCT FROM h.extra
  AND l.house_id = h.id AND l.household_id <> c.own_household AND l.batch_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM house_household o
      WHERE o.house_id = l.house_id AND o.household_id = l.household_id AND o.extra IS NOT NULL);

INSERT INTO grade_record (house_id, scope_code, grade, basis, decided_on, source, batch_id)
    SELECT c.id, c.old_scope, c.grade, c.grade_basis, c.graded_on, i.source, i.batch_id
    FROM changed c CROSS JOIN intake i
    WHERE (c.grade, c.grade_basis, c.graded_on) IS DISTINCT FROM (c.old_grade, c.old_basis, c.old_graded_on)
      AND c.grade IS NOT NULL;

UPDATE house h
SET declared_code = c.declared_code, settlement = c.settlement, extra = c.extra, {assignments}
    grade = c.grade, grade_basis = c.grade_basis, graded_on = c.graded_on, suspected_on = c.suspected_on,
    renovation = c.renovation, renovation_year = c.renovation_year,
    geom = CASE WHEN c.moves THEN ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4490) ELSE h.geom END,
    tile_key = CASE WHEN c.moves THEN c.tile_key ELSE h.tile_key END,
    source_crs = CASE WHEN c.moves THEN i.source_crs ELSE h.source_crs END,
    village_code = c.village_code,
    scope_code = CASE WHEN c.is_placed THEN coalesce(c.new_scope, h.scope_code) ELSE h.scope_code END,
    location_state = CASE WHEN c.is_placed THEN coalesce(c.new_state, h.location_state) ELSE h.location_state END,
    location_note = CASE WHEN c.is_placed THEN c.new_note ELSE h.location_note END,
    ended_on = CASE WHEN h.ended_reason = 'mistaken' THEN NULL ELSE h.ended_on END,
    ended_reason = CASE WHEN h.ended_reason = 'mistaken' THEN NULL ELSE h.ended_reason END,
    batch_id = i.batch_id, version = h.version + 1, updated_at = now()
FROM changed c CROSS JOIN intake i
WHERE h.id = c.id;
