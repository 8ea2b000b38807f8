-- Exact duplicates over all columns, in any order: less than planish promises.
SET threads = @THREADS@;
SET memory_limit = '@MEMORY@';
SET temp_directory = '@TEMP@';
SET preserve_insertion_order = false;
COPY (SELECT DISTINCT * FROM read_parquet('@INPUT@'))
TO '@OUTPUT@' (FORMAT parquet, COMPRESSION zstd);
