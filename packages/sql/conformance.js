// What `focal-conformance --all` runs for this package. PostgreSQL and SQLite: `npm run conformance:engines`.
import duckdb from './conformance/duckdb.js';

export default [duckdb];
