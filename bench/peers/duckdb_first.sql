-- Keep the first row of each key in (file, row) order. A window is what DuckDB's own documentation
-- gives for this; DISTINCT ON with ORDER BY sorts the whole payload and is several times slower.
SET threads = @THREADS@;
SET memory_limit = '@MEMORY@';
SET temp_directory = '@TEMP@';
COPY (
  SELECT * EXCLUDE (filename, file_row_number)
  FROM read_parquet('@INPUT@', filename = true, file_row_number = true)
  QUALIFY row_number() OVER (PARTITION BY @KEY@ ORDER BY filename, file_row_number) = 1
) TO '@OUTPUT@' (FORMAT parquet, COMPRESSION snappy);
