/** Tests of charts, and of the figures that documents state: all are those of the records. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import type { BenchmarkRecord } from "../bench/record.ts"
import { test } from "../../testing/test.ts"
import { withCharts } from "./charts.ts"

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8")
const record = async (name: string): Promise<BenchmarkRecord> =>
  JSON.parse(await read(`docs/benchmarks/${name}.json`))
const records = new Map([["peers", await record("peers")], [
  "write",
  await record("write"),
]])

/** The rows of all tables of a page, by their first cell. */
const rowsOf = (page: string): Map<string, readonly string[]> =>
  new Map(
    [...page.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => {
      const [name = "", ...cells] = row!.split("|").map((cell) => cell.trim())
      return [name, cells]
    }),
  )

test("a chart shows each figure of its record, and is well-formed without a script", () => {
  for (const [name, { figures }] of records) {
    const chart = withCharts(`a\n\n<!-- chart: ${name} -->\n`, records)
    for (const { rate = 0, floorRate, durability = "" } of figures) {
      if (name === "write" && floorRate === undefined) continue
      assert.ok(
        chart.includes(`>${rate.toLocaleString("en-US")}<`),
        `${name}: ${rate}`,
      )
      assert.ok(chart.includes(durability))
    }
    assert.match(
      chart,
      /^a\n\n<figure class="chart"><svg [^]*<\/svg><figcaption>/,
    )
    assert.doesNotMatch(chart, /<script|NaN|undefined|\n\n<(text|rect)/)
    const open = [...chart.matchAll(/<(\w+)/g)].length
    assert.equal([...chart.matchAll(/<\/\w+>/g)].length, open)
  }
  const [peers] = records.values()
  const hostile = { ...peers!, figures: [{ name: "a: <b> & c", rate: 1 }] }
  const chart = withCharts(
    "<!-- chart: peers -->",
    new Map([["peers", hostile]]),
  )
  assert.match(chart, />&lt;b&gt; &amp; c</)
  assert.throws(
    () => withCharts("<!-- chart: none -->", records),
    /no chart, or no record, of none/,
  )
})

test("the tables of docs/performance.md are those of the records", async () => {
  const rows = rowsOf(await read("docs/performance.md"))
  for (const [benchmark, { figures }] of records) {
    for (const { name, rate, durability } of figures) {
      const cells = rows.get(name)
      assert.ok(cells, `docs/performance.md has no row "${name}"`)
      if (durability !== undefined) assert.equal(cells[0], durability)
      const shown = cells[benchmark === "peers" ? 1 : 0]
      assert.equal(
        shown,
        rate?.toFixed(0) ?? "",
        `${name}: copy the table of the benchmark again`,
      )
    }
  }
})

test("the README's figures are those of the record", async () => {
  const readme = (await read("README.md")).replace(/\s+/g, " ")
  const rates = new Map(
    records.get("peers")!.figures.map(({ name, rate = 0 }) => [name, rate]),
  )
  const of = (name: string): number => {
    const [, rate] = [...rates].find(([each]) =>
      each.startsWith(`new ids, 256 in flight: ${name}`)
    )!
    return rate
  }
  const thousands = (rate: number) => `${Math.floor(rate / 1_000)} thousand`
  const ours = of("Leftfold, JetStream's default")
  const stated = [
    `${thousands(ours)} commands a second on two cores`,
    `${Math.floor(ours / of("emmett"))} times emmett`,
    `${(ours / of("castore")).toFixed(1)} times castore`,
    `${thousands(of("Leftfold, sync always"))} on one server`,
    `${thousands(of("Leftfold, R3, sync always"))} on three`,
  ]
  for (const text of stated) {
    assert.ok(readme.includes(text), `the README does not say "${text}"`)
  }
})
