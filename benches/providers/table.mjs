// table.mjs NATIVE WASM : prints what the benchmark has measured natively and as wasm, each file the
// lines of several processes, whose median counts: one process may have an unlucky place in memory.
// Ends with 1 where a provider costs more than BAR times Anthropic.

import { readFileSync } from 'node:fs'

const BAR = 1.5
const OPERATIONS = ['request', 'answer', 'event']

function read(file) {
  const figures = new Map()
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const [kind, operation, ns, allocations] = line.split(' ')
    const key = `${kind} ${operation}`
    if (!figures.has(key)) figures.set(key, { kind, all: [], allocations })
    figures.get(key).all.push(+ns)
  }
  for (const figure of figures.values()) {
    figure.all.sort((a, b) => a - b)
    figure.ns = figure.all[Math.floor(figure.all.length / 2)]
  }
  return figures
}

let missed = 0
for (const [title, file] of [['natively', process.argv[2]], ['as wasm in V8', process.argv[3]]]) {
  const figures = read(file)
  const kinds = [...new Set(Array.from(figures.values(), ({ kind }) => kind))]
  console.log(`\n| ${title} | ${OPERATIONS.map(o => `${o}, ns | × | allocations`).join(' | ')} | |`)
  console.log(`|---|${'---|'.repeat(OPERATIONS.length * 3 + 1)}`)
  for (const kind of kinds) {
    const of = (k, o) => figures.get(`${k} ${o}`)
    const ratios = OPERATIONS.map(o => of(kind, o).ns / of('anthropic', o).ns)
    const over = ratios.some(ratio => ratio > BAR)
    missed += over ? 1 : 0
    const cells = OPERATIONS.map((o, i) => {
      const { ns, allocations } = of(kind, o)
      return `${Math.round(ns)} | ${ratios[i].toFixed(2)} | ${allocations}`
    })
    console.log(`| ${kind} | ${cells.join(' | ')} | ${over ? '**missed**' : 'met'} |`)
  }
}
console.log(`\nBar: no provider more than ${BAR} times Anthropic.`)
process.exitCode = missed ? 1 : 0
