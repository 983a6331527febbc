// table.mjs NATIVE WASM : measures the benchmark as wasm, and prints it beside what it has measured
// natively (NATIVE: its lines). Ends with 1 where a provider costs more than BAR times Anthropic.

import { readFileSync } from 'node:fs'

const BAR = 1.5
const OPERATIONS = ['request', 'answer', 'event']
// As natively: see native.rs.
const SAMPLE = 4 // ms
const TURNS = 15
const SAMPLES = 5

const [nativeFile, wasmFile] = process.argv.slice(2)
const lines = readFileSync(nativeFile, 'utf8').trim().split('\n').map(line => line.split(' '))
const kinds = [...new Set(lines.map(([kind]) => kind))]
const native = Object.fromEntries(
  lines.map(([kind, operation, ns, allocations]) => [`${kind} ${operation}`, { ns: +ns, allocations: +allocations }])
)

const module = new WebAssembly.Module(readFileSync(wasmFile))
// What the linker has left of the host is never called.
const imports = {}
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {}
  imports[from][name] = () => { throw new Error(`${from}.${name} was called`) }
}
const { make, run } = new WebAssembly.Instance(module, imports).exports

function time(number, rounds) {
  const start = performance.now()
  run(number, rounds)
  return performance.now() - start
}

// V8 compiles hot code better after a while: the calibration warms it up.
function prepare(kind, operation) {
  const number = make(kind, operation)
  let rounds = 1
  while (time(number, rounds) < SAMPLE) rounds *= 2
  time(number, rounds * 20)
  return { number, rounds, turns: [] }
}

function turn({ number, rounds, turns }) {
  const samples = Array.from({ length: SAMPLES }, () => time(number, rounds))
  turns.push((Math.min(...samples) / rounds) * 1e6)
}

const median = all => all.sort((a, b) => a - b)[Math.floor(all.length / 2)]

const wasm = {}
OPERATIONS.forEach((operation, o) => {
  const prepared = kinds.map((_, k) => prepare(k, o))
  for (let i = 0; i < TURNS; i++) prepared.forEach(turn)
  kinds.forEach((kind, k) => {
    const { number, turns } = prepared[k]
    wasm[`${kind} ${operation}`] = { ns: median(turns), allocations: run(number, 1) }
  })
})

let missed = 0
for (const [title, figures] of [['natively', native], ['as wasm in V8', wasm]]) {
  console.log(`\n| ${title} | ${OPERATIONS.map(o => `${o}, ns | × | allocations`).join(' | ')} | |`)
  console.log(`|---|${'---|'.repeat(OPERATIONS.length * 3 + 1)}`)
  for (const kind of kinds) {
    const ratios = OPERATIONS.map(o => figures[`${kind} ${o}`].ns / figures[`anthropic ${o}`].ns)
    const over = ratios.some(ratio => ratio > BAR)
    missed += over ? 1 : 0
    const cells = OPERATIONS.map((o, i) => {
      const { ns, allocations } = figures[`${kind} ${o}`]
      return `${Math.round(ns)} | ${ratios[i].toFixed(2)} | ${allocations}`
    })
    console.log(`| ${kind} | ${cells.join(' | ')} | ${over ? '**missed**' : 'met'} |`)
  }
}
console.log(`\nBar: no provider more than ${BAR} times Anthropic.`)
process.exitCode = missed ? 1 : 0
