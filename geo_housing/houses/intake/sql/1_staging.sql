-- Staging of one load: text already checked cell by cell, personal data already encrypted. Temporary tables
-- have no row level security, which COPY refuses, and vanish with the transaction.
-- NULL means "not stated"; bit n of cleared says that field n was cleared with 无 (intake/staging.py).
CREATE TEMP TABLE staging (
    line int NOT NULL,
    code text COLLATE "C",
    declared_code text COLLATE "C",
    settlement text,
    head text COLLATE "C",
    id_number_cipher bytea,
    id_number_key uuid,
    id_number_masked text,
    phone_cipher bytea,
    phone_key uuid,
    phone_masked text,
    persons smallint,
    lon double precision,
    lat double precision,
    tile_key bigint,
    structure text,
    built_year smallint,
    storeys smallint,
    rooms smallint,
    area_m2 double precision,
    building_kind text,
    occupancy text,
    occupancy_checked_on date,
    grade text,
    grade_basis text,
    graded_on date,
    suspected boolean,
    renovation text,
    measure text,
    categories text[],
    monitoring text[],
    traits text[],
    remark text,
    extra jsonb,
    cleared bigint NOT NULL,
    household_id bigint NOT NULL
) ON COMMIT DROP;

-- One row of facts about this load that every step reads.
-- house_offset turns the household id reserved for a line into the house id reserved for it.
CREATE TEMP TABLE intake (batch_id bigint, today date, source text, source_crs text, is_demo boolean, house_offset bigint)
    ON COMMIT DROP;

-- What the steps found wrong: joined to the faults of the cells for the report.
CREATE TEMP TABLE finding (line int, field text, value text, kind text, detail text) ON COMMIT DROP;
