// wasm.mjs WASM NATIVE : measures the benchmark as wasm, and prints what native.rs prints: a line for
// each provider and operation. What it has printed natively (NATIVE) says which providers there are.

import { readFileSync } from 'node:fs'

// As natively: see native.rs and work.rs.
const OPERATIONS = ['request', 'answer', 'event']
const SAMPLE = 4 // ms
const TURNS = 5
const SAMPLES = 5

const [wasmFile, nativeFile] = process.argv.slice(2)
const lines = readFileSync(nativeFile, 'utf8').trim().split('\n')
const kinds = [...new Set(lines.map(line => line.split(' ')[0]))]
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

OPERATIONS.forEach((operation, o) => {
  const prepared = kinds.map((_, k) => prepare(k, o))
  for (let i = 0; i < TURNS; i++) prepared.forEach(turn)
  kinds.forEach((kind, k) => {
    const { number, turns } = prepared[k]
    console.log(`${kind} ${operation} ${median(turns).toFixed(1)} ${run(number, 1)}`)
  })
})
