import { DuckDBInstance } from '@duckdb/node-api';
import { sigmoidFocalStar, sigmoidFocal } from '@focal-loss/core';
import { expression } from '../src/index.ts';
import { sqlOps } from '../src/ops.ts';
import { dialectOf } from '../src/dialects.ts';
import { entry, farOf, inputsOf } from '../src/entry.ts';
const loss:any = { ...sigmoidFocalStar(), reduction: 'none' };
const columns = { logits: 'score', targets: 'label', dialect: 'duckdb' } as const;
const w = sqlOps({ dialect: dialectOf('duckdb'), windows:false, rows:false, far: undefined });
const made = entry(w, dialectOf('duckdb'), loss, columns);
const {steps, results} = w.steps([made]);
console.log(steps.map(([a,b])=>a+' := '+b).join('\n'), results);
const level = new Map<string, number>(); const stages: string[][] = [];
for (const [name, text] of steps) { const at = Math.max(0, ...(text.match(/[A-Za-z_]\w*/g) ?? []).map((o) => (level.get(o) ?? -1) + 1)); level.set(name, at); stages[at] = [...(stages[at] ?? []), `${text} AS ${name}`]; }
let sub = `SELECT t.score::DOUBLE AS x, t.label::DOUBLE AS y`;
for (const s of stages) sub = `SELECT *, ${s.join(', ')} FROM (${sub}) AS s`;
sub = `(SELECT ${results[0]} FROM (${sub}) AS s)`;
let lam = results[0];
for (const s of [...stages].reverse()) { const m = s.map(t=>t.split(/ AS (?=\w+$)/)); 
  lam = `list_transform([{${m.map(([e,n])=>`${n}: ${e}`).join(', ')}}], lambda v${stages.indexOf(s)}: ${lam.replace(/\b[a-z]\w*\b(?!\()/g, (n)=> m.some(([,k])=>k===n)?`v${stages.indexOf(s)}.${n}`:n)})[1]`; }
lam = lam.replace(/\b[xy]\b/g, n=> n==='x'?'score::DOUBLE':'label::DOUBLE');
const db = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
const N = 1000000;
await db.run(`CREATE TABLE t AS SELECT 30 * random() - 15 AS score, (random() < 0.1)::INT AS label FROM range(${N}), (SELECT setseed(0.5)) AS seed`);
for (const [n, sql] of Object.entries({ inline: expression(sigmoidFocalStar(), columns), sub, lam, focal: expression(sigmoidFocal(), columns) })) {
  try { for (let i=0;i<2;i++){ const t0=performance.now(), c=process.cpuUsage(); const r = (await db.runAndReadAll(`SELECT avg(${sql}) FROM t`)).getRows()[0]; const u=process.cpuUsage(c); console.log(n, sql.length, r, (performance.now()-t0).toFixed(0)+'ms', ((u.user+u.system)/1000).toFixed(0)); } } catch (e:any) { console.log(n, e.message.slice(0,300)); }
}
