/** Benchmarks: `npm run bench -- write|read|nodes|kill|peers [--json] [--quick] [--only TEXT]`. */
import process from "node:process"
import { parseArgs } from "node:util"
import { runKill } from "./kill.ts"
import { runNodes } from "./nodes.ts"
import { runPeers } from "./peers.ts"
import { runRead } from "./read/read.ts"
import { type Row, tableOf } from "./table.ts"
import { runWrite } from "./write.ts"

const USAGE = "usage: npm run bench -- write|read|nodes|kill|peers [--json] [--quick] [--only TEXT]"

const FULL = { rounds: 3, warmUpMs: 700, measureMs: 2_000 }
const NODES = { ...FULL, rounds: 7 }
const QUICK = { rounds: 1, warmUpMs: 300, measureMs: 1_000 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
})

/** Prints rows as they come and a table at the end; with `--json`, each row as JSON. */
const reporting = async (run: (report: (row: Row) => void) => Promise<void>): Promise<void> => {
  const rows: Row[] = []
  await run((row) => {
    rows.push(row)
    if (values.json) console.log(JSON.stringify(row))
    else console.error(`  ${row.name}`)
  })
  if (!values.json) console.log(tableOf(rows))
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
  peers: () => runPeers({ json: values.json, quick: values.quick }),
}

const chosen = benchmarks[positionals[0] ?? ""]
if (chosen) await chosen()
else {
  console.error(USAGE)
  process.exitCode = 1
}
