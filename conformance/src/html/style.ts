/** The look of the page, in light and dark, by the reader's own preference. */
export const style = `
:root { color-scheme: light dark; --text: #1b1f24; --dim: #59636e; --paper: #fff; --line: #d8dee4; --dot: #0b62c4; --bad: #c2261c; --good: #1a7f37; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --dim: #9aa4ae; --paper: #0d1117; --line: #30363d; --dot: #58a6ff; --bad: #ff7b72; --good: #3fb950; }
}
body { margin: 2rem auto; max-width: 72rem; padding: 0 1.5rem; background: var(--paper); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--dot); }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.5rem; }
.passes { color: var(--good); } .fails, .failed { color: var(--bad); } .dim { color: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 500; } .figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--dim); font-size: 14px; }
svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: var(--dim); }
.grid { stroke: var(--line); } line.limit { stroke: var(--bad); stroke-dasharray: 5 4; } text.limit { fill: var(--bad); }
.within { fill: var(--dot); } .beyond { fill: var(--bad); }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 6px; font-size: 13px; }
`;
