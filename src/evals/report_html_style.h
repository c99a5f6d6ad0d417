// The head of the HTML report: its style, and the switches that filter by verdict without a
// script. Private to report_html.cc.
#pragma once

#include <string_view>

namespace maester::evals {

// No script may run and nothing is fetched, whatever an output holds.
inline constexpr std::string_view kHtmlHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{--ink:#1d2430;--dim:#667085;--line:#e3e7ee;--page:#f7f8fa;--card:#fff;--pass:#12703c;--fail:#b3261e;--error:#9a5b00;--tint:#eef1f6}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--dim:#98a2b3;--line:#2c3442;--page:#12161d;--card:#1a2029;--pass:#5fd38d;--fail:#ff8a80;--error:#ffc069;--tint:#222a35}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:75rem;padding:1.5rem;display:flex;flex-direction:column;gap:.9rem;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.35rem;margin:0}
.dim{color:var(--dim)}
header{order:-3}
#sums{order:-2}
nav{order:-1;display:flex;gap:.4rem;flex-wrap:wrap;position:sticky;top:0;padding:.5rem 0;background:var(--page);z-index:1}
body>input{position:absolute;opacity:0}
nav label{padding:.25rem .8rem;border:1px solid var(--line);border-radius:999px;background:var(--card);cursor:pointer}
#all:checked~nav .all,#pass:checked~nav .pass,#fail:checked~nav .fail,#error:checked~nav .error{background:var(--ink);color:var(--page);border-color:var(--ink)}
#all:focus-visible~nav .all,#pass:focus-visible~nav .pass,#fail:focus-visible~nav .fail,#error:focus-visible~nav .error{outline:2px solid var(--dim);outline-offset:2px}
#pass:checked~main .row:not(.pass),#fail:checked~main .row:not(.fail),#error:checked~main .row:not(.error){display:none}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:8px}
th,td{padding:.35rem .7rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
tr:first-child th{border-top:0}
th{font-weight:600;color:var(--dim);font-size:.85rem}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td,pre{overflow-wrap:anywhere;unicode-bidi:plaintext}
.bar{display:flex;height:.5rem;border-radius:4px;overflow:hidden;background:var(--line);min-width:8rem}
.bar i{background:var(--pass)}.bar i+i{background:var(--fail)}.bar i+i+i{background:var(--error)}
main{display:flex;flex-direction:column;gap:.4rem}
.row{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--pass);border-radius:8px;content-visibility:auto;contain-intrinsic-size:auto 3rem}
.row.fail{border-left-color:var(--fail)}.row.error{border-left-color:var(--error)}
.row>summary{display:grid;grid-template-columns:4rem 3.5rem 1fr auto;gap:.8rem;padding:.5rem .8rem;cursor:pointer;align-items:baseline;list-style:none}
.row>summary>b{font-size:.8rem;color:var(--pass)}.row.fail>summary>b{color:var(--fail)}.row.error>summary>b{color:var(--error)}
.row .name{overflow-wrap:anywhere}
.row .why{display:block;font-size:.88rem;color:var(--dim);unicode-bidi:plaintext}
.body{padding:0 .8rem .8rem;display:flex;flex-direction:column;gap:.6rem}
h3{font-size:.85rem;margin:.3rem 0 0;color:var(--dim)}
pre{margin:0;padding:.6rem .8rem;background:var(--tint);border-radius:6px;white-space:pre-wrap;font:13px/1.5 ui-monospace,monospace;max-height:40rem;overflow:auto}
.ok{color:var(--pass)}.no{color:var(--fail)}
@media print{nav{display:none}body{max-width:none}}
</style>
)html";

inline constexpr std::string_view kHtmlSwitches =
    R"html(<input type="radio" name="v" id="all" checked><input type="radio" name="v" id="pass"><input type="radio" name="v" id="fail"><input type="radio" name="v" id="error">
<nav><label class="all" for="all">All</label><label class="pass" for="pass">Passed</label><label class="fail" for="fail">Failed</label><label class="error" for="error">Errors</label></nav>
<main>
)html";

}  // namespace maester::evals
