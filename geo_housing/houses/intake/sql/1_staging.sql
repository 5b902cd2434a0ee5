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
    id_number_masked text COLLATE "C",
    phone_cipher bytea,
    phone_key uuid,
    phone_masked text COLLATE "C",
    persons smallint,
    lon double precision,
    lat double precision,
    tile_key bigint,
    structure text COLLATE "C",
    built_year smallint,
    storeys smallint,
    rooms smallint,
    area_m2 double precision,
    building_kind text COLLATE "C",
    occupancy text COLLATE "C",
    occupancy_checked_on date,
    grade text COLLATE "C",
    grade_basis text COLLATE "C",
    graded_on date,
    suspected boolean,
    renovation text COLLATE "C",
    measure text COLLATE "C",
    categories text[] COLLATE "C",
    monitoring text[] COLLATE "C",
    traits text[] COLLATE "C",
    remark text,
    extra jsonb,
    names_place boolean NOT NULL,
    cleared bigint NOT NULL,
    reserved_id bigint NOT NULL
) ON COMMIT DROP;

-- One row of facts about this load that every step reads.
-- default_scope takes rows that name a place nobody knows and have no point: they must not get lost.
CREATE TEMP TABLE intake (
    batch_id bigint, today date, source text, source_crs text, is_demo boolean, default_scope text COLLATE "C")
   
    ON COMMIT DROP;

-- What the steps found wrong: joined to the faults of the cells for the report.
CREATE TEMP TABLE finding (line int, field text, value text, kind text, detail text) ON COMMIT DROP;
