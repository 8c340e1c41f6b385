// What `focal-conformance --all` runs for this package: the engines that npm has.
import duckdb from './conformance/duckdb.js';
import postgres from './conformance/postgres.js';
import sqlite from './conformance/sqlite.js';

export default [duckdb, postgres, sqlite];
