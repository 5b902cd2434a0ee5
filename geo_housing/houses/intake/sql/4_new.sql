-- New houses with their households, links and first grades. A grade from a ledger enters as 旧台账 (or 排查初判),
-- never as a signed one; a C or D without a stated renovation status is 未纳入计划, any other house 不涉及. A year of
-- renovation belongs to what is in an annual ledger; of any other house it is kept as the ledger wrote it, and told.
INSERT INTO house (
    id, code, scope_code, village_code, declared_code, settlement, location_state, location_note, geom, tile_key,
    source_crs, structure, built_year, storeys, rooms, area_m2, building_kind, occupancy, occupancy_checked_on,
    grade, grade_basis, graded_on, suspected_on, renovation, renovation_year, measure, remark, extra,
    households, first_household_id, people, households_without_size, key_groups, traits, is_demo, batch_id)
SELECT t.reserved_id, t.code, p.scope_code, p.village_code, s.declared_code, s.settlement,
    p.location_state, p.location_note,
    CASE WHEN s.tile_key IS NOT NULL THEN ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490) END, s.tile_key,
    CASE WHEN s.tile_key IS NOT NULL THEN i.source_crs END,
    s.structure, s.built_year, s.storeys, s.rooms, s.area_m2, s.building_kind, s.occupancy, s.occupancy_checked_on,
    s.grade, s.grade_basis, CASE WHEN s.grade IS NOT NULL THEN s.graded_on END,
    CASE WHEN s.suspected THEN i.today END,
    CASE WHEN s.grade IN ('C', 'D') THEN coalesce(s.renovation, 'unplanned') ELSE 'not_needed' END,
    CASE WHEN {new_has_year} THEN s.renovation_year END,
    s.measure, s.remark,
    CASE WHEN s.renovation_year IS NULL OR {new_has_year} THEN s.extra
        ELSE coalesce(s.extra, '{}') || jsonb_build_object({year_kept_under}, s.renovation_year::text) END,
    CASE WHEN {states_family} THEN 1 ELSE 0 END, CASE WHEN {states_family} THEN t.reserved_id END,
    coalesce(s.persons, 0), CASE WHEN {states_family} AND coalesce(s.persons, 0) = 0 THEN 1 ELSE 0 END, key_groups_of(s.categories), s.traits, i.is_demo, i.batch_id
FROM target t
JOIN staging s ON s.line = t.line
JOIN placed p ON p.line = t.line
CROSS JOIN intake i
WHERE t.is_new AND t.place = 1;

INSERT INTO finding
SELECT t.line, 'renovation_year', s.renovation_year::text, 'cell',
    'no_ledger:' || CASE WHEN s.grade IN ('C', 'D') THEN coalesce(s.renovation, 'unplanned') ELSE 'not_needed' END
FROM staging s
JOIN target t ON t.line = s.line
WHERE t.is_new AND t.place = 1 AND s.renovation_year IS NOT NULL AND NOT {new_has_year};

INSERT INTO grade_record (house_id, scope_code, grade, basis, decided_on, source, batch_id)
SELECT t.reserved_id, p.scope_code, s.grade, s.grade_basis, s.graded_on, i.source, i.batch_id
FROM target t
JOIN staging s ON s.line = t.line
JOIN placed p ON p.line = t.line
CROSS JOIN intake i
WHERE t.is_new AND t.place = 1 AND s.grade IS NOT NULL;
