/** The page's style. Colours are told apart by lightness too, for those who do not see them. */
export const PAGE_STYLE = `
:root{--paper:#fff;--ink:#1b2330;--soft:#5b6675;--line:#e3e7ec;--stripe:#f6f8fa;--focus:#0b63ce;
--whole:#9aa5b1;--user:#2f6fde;--wait:#e0a100;--slow:#d1242f;--phase:#f2c94c;--agent:#2c974b;--tool:#8250df;--error:#b3121d;--event:#1b9aaa;--rest:#b4bcc6}
@media (prefers-color-scheme:dark){:root{--paper:#0f141b;--ink:#e6ebf1;--soft:#9aa7b5;--line:#263140;--stripe:#151c25;--focus:#6cb0ff;
--whole:#5c6a7a;--user:#6a9df8;--wait:#e3b341;--slow:#ff6b6b;--phase:#8f7420;--agent:#57c278;--tool:#b392f0;--error:#ff4d57;--event:#4cc3d3;--rest:#4a5665}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1280px;margin:0 auto;padding:1.6rem 1.4rem 3rem}
h1{font-size:1.35rem;margin:0 0 .2rem;overflow-wrap:anywhere}
header p{margin:0;color:var(--soft)}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.figures{display:flex;flex-wrap:wrap;gap:.5rem;margin:1.1rem 0}
.figures div{border:1px solid var(--line);border-radius:8px;padding:.35rem .75rem;min-width:6.2rem}
.figures dt{color:var(--soft);font-size:.8rem}
.figures dd{margin:0;font-size:1.08rem;font-variant-numeric:tabular-nums}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:.6rem 0;padding:0;color:var(--soft);font-size:.85rem}
.legend .bar{position:static;display:inline-block;width:1.3em;height:.75em;margin-inline-end:.45em}
.note{color:var(--soft);font-size:.85rem;margin:.1rem 0}
.hint{color:var(--soft);font-size:.85rem;margin:.2rem 0 .8rem}
table{width:100%;border-collapse:collapse;table-layout:fixed}
thead th{position:sticky;top:0;background:var(--paper);z-index:1;text-align:start;font-weight:600;font-size:.82rem;color:var(--soft);border-bottom:1px solid var(--line);padding:.3rem .5rem}
thead th:nth-child(1){width:31%}
thead th:nth-child(2),thead th:nth-child(3){width:6.6rem;text-align:end}
tbody tr:nth-child(even){background:var(--stripe)}
tbody th{font-weight:400;text-align:start;padding:.16rem .5rem;padding-inline-start:calc(var(--depth)*1.1em + .6em);overflow-wrap:anywhere}
td{padding:.16rem .5rem;text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
td.time,th.time{padding:0 .9rem 0 .4rem;text-align:start}
tr.wait td:nth-child(3),tr.slow td:nth-child(3),tr.wait .name,tr.slow .name{font-weight:650}
tr.slow td:nth-child(3),.remark{color:var(--slow)}
.remark,.aside{margin-inline-start:.6em;font-size:.9em}
.aside{color:var(--soft)}
.said{margin:.1rem 0 .3rem;color:var(--soft)}
tr.phase,tr.tool{font-size:.93em}
tr[aria-expanded] .name::before{content:"▾ ";color:var(--soft)}
tr[aria-expanded=false] .name::before{content:"▸ "}
tr[hidden]{display:none}
tr:focus{outline:2px solid var(--focus);outline-offset:-2px}
.track,.axis{position:relative;height:1.05em;overflow:hidden}
.axis{height:1.45em}
.axis span{position:absolute;font-weight:400;white-space:nowrap;border-inline-start:1px solid var(--line);padding-inline-start:.25em}
.bar{position:absolute;left:calc((var(--left) - var(--from,0%))*var(--zoom,1));width:calc(var(--width)*var(--zoom,1));top:.12em;height:.82em;min-width:2px;border-radius:2px;background:var(--whole)}
.bar.user{background:var(--user)}.bar.wait{background:var(--wait)}.bar.slow{background:var(--slow)}.bar.phase{background:var(--phase)}
.bar.agent{background:var(--agent)}.bar.tool{background:var(--tool)}.bar.error{background:var(--error)}.bar.event{background:var(--event)}
.bar.unexplained{background:repeating-linear-gradient(135deg,var(--rest) 0 3px,var(--paper) 3px 6px);border:1px solid var(--rest)}
footer{margin-top:1.2rem;color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.zoom{display:flex;align-items:center;gap:.4rem;position:sticky;top:0;z-index:2;height:2.9rem;background:var(--paper)}
.zoom[hidden]{display:none}
.zoom:not([hidden])~table thead th{top:2.9rem}
.zoom button{min-width:2.4rem;height:2.4rem;padding:0 .7rem;border:1px solid var(--line);border-radius:8px;background:var(--stripe);color:var(--ink);font:inherit}
.zoom button:disabled{color:var(--soft)}
.zoom :focus-visible{outline:2px solid var(--focus)}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:760px){main{padding:1rem .8rem 2rem}
table,thead,tbody{display:block}
thead{position:sticky;top:0;z-index:1;background:var(--paper)}
.zoom:not([hidden])~table thead{top:2.9rem}
.zoom:not([hidden])~table thead th{top:0}
thead tr{display:block}
thead th:not(.time){position:absolute;width:1px;height:1px;padding:0;overflow:hidden;clip-path:inset(50%)}
thead th.time{display:block;width:auto;padding:.3rem 0}
tbody tr{display:grid;grid-template-columns:minmax(0,1fr) auto auto;align-items:baseline;padding:.2rem 0 .3rem}
tbody tr[hidden]{display:none}
tbody th{padding:.16rem .3rem .16rem calc(var(--depth)*.6em + .1em)}
td{padding:.16rem .3rem}
tbody td:nth-child(2){color:var(--soft)}
tbody td:nth-child(2)::before{content:"at "}
tbody td:nth-child(3){min-width:4.6em}
td.time{grid-column:1/-1;padding:0}}
@media (pointer:coarse){.hint{display:none}}
@media print{thead th{position:static}.hint,.zoom{display:none}}
`;
