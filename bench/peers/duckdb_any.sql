-- Any one row of each key, in any order: less than planish promises.
SET threads = @THREADS@;
SET memory_limit = '@MEMORY@';
SET temp_directory = '@TEMP@';
SET preserve_insertion_order = false;
COPY (SELECT DISTINCT ON (@KEY@) * FROM read_parquet('@INPUT@'))
TO '@OUTPUT@' (FORMAT parquet, COMPRESSION snappy);
