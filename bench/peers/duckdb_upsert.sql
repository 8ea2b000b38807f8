-- An upsert of a plain directory as DuckDB does it: the target without the source's keys, and the source.
-- The order of rows is not kept, which spares DuckDB work that planish does.
SET threads = @THREADS@;
SET memory_limit = '@MEMORY@';
SET temp_directory = '@TEMP@';
SET preserve_insertion_order = false;
COPY (
  SELECT target.* FROM read_parquet('@INPUT@') AS target
    ANTI JOIN read_parquet('@SOURCE@') AS source ON target.@KEY@ IS NOT DISTINCT FROM source.@KEY@
  UNION ALL BY NAME
  SELECT * FROM read_parquet('@SOURCE@')
) TO '@OUTPUT@' (FORMAT parquet, COMPRESSION snappy);
