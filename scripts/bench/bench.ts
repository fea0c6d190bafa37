/** Benchmarks: `npm run bench -- write|read|nodes|kill|peers`, with options as in its usage. */
import process from "node:process"
import { parseArgs } from "node:util"
import { runKill } from "./kill.ts"
import { runNodes } from "./nodes.ts"
import { runPeers } from "./peers.ts"
import { type Figure, writeRecord } from "./record.ts"
import { runRead } from "./read/read.ts"
import { type Row, tableOf } from "./table.ts"
import { runWrite } from "./write.ts"

const USAGE = "usage: npm run bench -- write|read|nodes|kill|peers [--json|--save] [--quick] " +
  "[--only TEXT]; --save takes neither --quick nor --only"

const FULL = { rounds: 3, warmUpMs: 700, measureMs: 2_000 }
const NODES = { ...FULL, rounds: 7 }
const QUICK = { rounds: 1, warmUpMs: 300, measureMs: 1_000 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    save: { type: "boolean", default: false },
  },
})

const [name = ""] = positionals

const save = async (figures: readonly Figure[]): Promise<void> => {
  const file = await writeRecord(name, figures)
  console.error(`${file} has these figures: copy the table to docs/performance.md`)
}

/** Prints rows as they come and a table at the end; with `--json`, each row as JSON. Saves them. */
const reporting = async (run: (report: (row: Row) => void) => Promise<void>): Promise<void> => {
  const rows: Row[] = []
  await run((row) => {
    rows.push(row)
    if (values.json) console.log(JSON.stringify(row))
    else console.error(`  ${row.name}`)
  })
  if (!values.json) console.log(tableOf(rows))
  if (values.save) await save(rows)
}

const write = (report: (row: Row) => void): Promise<void> =>
  runWrite({
    effort: values.quick ? QUICK : FULL,
    coldLengths: values.quick ? [20_000, 100_000] : [100_000, 1_000_000],
    passing: values.quick ? 100_000 : 1_000_000,
    only: values.only,
    report,
  })

const benchmarks: Record<string, () => Promise<void>> = {
  write: () => reporting(write),
  read: () => reporting((report) => runRead({ quick: values.quick, only: values.only, report })),
  nodes: () => reporting((report) => runNodes({ effort: values.quick ? QUICK : NODES, report })),
  kill: () => reporting((report) => runKill({ rounds: values.quick ? 1 : 3, report })),
  peers: async () => {
    const figures = await runPeers({ json: values.json, quick: values.quick })
    if (values.save) await save(figures)
  },
}

const chosen = benchmarks[name]
const isWhole = !values.quick && values.only === undefined
if (chosen && (isWhole || !values.save)) await chosen()
else {
  console.error(USAGE)
  process.exitCode = 1
}
