// SPDX-License-Identifier: Apache-2.0
// usage: node polars_unique.js GLOB OUTPUT_FILE KEY (empty: all columns)
// Streaming engine, first row of each key, input order kept: what `planish dedup` promises.
const pl = require("nodejs-polars");
const [, , input, output, key] = process.argv;
pl.scanParquet(input)
  .unique({ ...(key ? { subset: [key] } : {}), keep: "first", maintainOrder: true })
  .sinkParquet(output, { compression: "snappy" })
  .collectSync({ streaming: true });
