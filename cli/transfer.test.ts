/** Tests of imports and exports: nothing is lost, nothing twice, and wrong lines are named. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createNamespace } from "../testing/namespace.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { Operator } from "./fixtures/operator.ts"

type Scope = Parameters<typeof Operator.open>[0]
type Line = Readonly<Record<string, unknown>>

const START = Date.parse("2019-03-01T12:00:00Z")

/** The time of the event with this number: one each minute. */
const at = (number: number): string => new Date(START + number * 60_000).toISOString()

const filled = (id: string, count: number, number: number, rest: Line = {}): Line => ({
  ...{ contract: "yard.crate", id, event: "Filled", data: { count }, time: at(number) },
  ...rest,
})

/** An operator with streams, and a way to write files of lines. */
const opened = async (t: Scope) => {
  const operator = await Operator.open(t, await createNamespace())
  assert.equal((await operator.run("provision")).code, 0)
  const folder = await temporaryFolder(t)
  const file = async (lines: readonly (Line | string)[], name = "crates.ndjson") => {
    const path = join(folder, name)
    const texts = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line))
    await writeFile(path, texts.join("\n"))
    return path
  }
  const exported = async (...what: string[]) => {
    const { code, stdout, stderr } = await operator.run("export", ...what)
    assert.equal(code, 0, stderr)
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))
  }
  return { operator, file, exported }
}

test("an import keeps times and order, a second one changes nothing", async (t) => {
  const { operator, file, exported } = await opened(t)
  const lines = Array.from({ length: 60 }, (_, each) => filled(`c-${each % 3}`, 20 * each, each))
  const path = await file([...lines.slice(0, 30), "", ...lines.slice(30)])
  const [first] = await operator.json(0, "import", path)
  assert.deepEqual(first, { lines: 60, written: 60, present: 0, wrong: 0 })
  const before = await exported()
  const [second] = await operator.json(0, "import", path)
  assert.deepEqual(second, { lines: 60, written: 0, present: 60, wrong: 0 })
  assert.deepEqual(await exported("yard"), before)
  const own = await exported("crate", "c-1")
  assert.deepEqual(
    own.map(({ data, time }) => [data.count, time]),
    lines.flatMap((line, each) => each % 3 === 1 ? [[20 * each, line.time]] : []),
  )
  assert.equal(own[0].commandId, "crates.ndjson:2")

  await operator.work()
  const [row] = await operator.sql`select sum, times from yard.crate_list where id = 'c-1'`
  assert.deepEqual({ ...row }, {
    sum: own.reduce((sum, { data }) => sum + data.count, 0),
    times: 20,
  })
  const past = await operator.ask("qry.yard.crate", { id: "c-1", at: at(7) })
  assert.deepEqual([past.version, past.state, past.time], [3, 20 * (1 + 4 + 7), at(7)])
  const ids = await operator.json(0, "ids", "yard.crate")
  assert.deepEqual(ids.map(({ id }) => id).sort(), ["c-0", "c-1", "c-2"])

  const more = await file([...lines.slice(0, 30), "", ...lines.slice(30), filled("c-1", 5, 100)])
  await operator.ask("cmd.yard.crate.c-1.Fill", { count: 1_000 })
  const late = await operator.run("import", more)
  assert.equal(late.code, 1)
  assert.match(late.stderr, /line 62: it happened before the last event of yard\.crate c-1/)
})

test("lines are checked first, and each wrong one is named by its number", async (t) => {
  const { operator, file, exported } = await opened(t)
  const good = filled("c-1", 1, 1)
  const wrong: [Line | string, RegExp][] = [
    ["{", /JSON/],
    ["[1]", /a map of fields/],
    [{ ...good, contract: "yard.cart" }, /no contract "yard.cart"; there are: yard.crate/],
    [{ ...good, id: "a\nb" }, /is not an id/],
    [{ ...good, event: "Emptied" }, /yard.crate has no event Emptied, .* It has: Filled/],
    [{ ...good, data: { count: "1" } }, /Filled is not valid: .* at count/],
    [{ ...good, data: {} }, /at count/],
    [{ ...good, time: "yesterday" }, /time must be when it happened/],
    [{ ...good, time: undefined }, /time must be when it happened/],
    [{ ...good, time: at(10_000_000) }, /is in the future/],
    [{ ...good, command: "Fill" }, /either an "event" or a "command"/],
    [{ ...good, event: undefined }, /either an "event" or a "command"/],
    [{ ...good, event: undefined, command: "Fill" }, /a command has no time/],
    [{ ...good, schema: 9 }, /knows only 1/],
    [{ ...good, commandId: "a b" }, /commandId must be 1 to 256 printable/],
    [{ ...good, tiem: 1 }, /"tiem" is no field/],
    [filled("c-1", 1, 0), /has a later event in an earlier line/],
    [`{"contract":"${"x".repeat(1_100_000)}"}`, /more than 1048576 bytes/],
  ]
  const path = await file([good, ...wrong.map(([line]) => line), filled("c-1", 1, 2)])
  const found = await operator.json(1, "import", path)
  assert.deepEqual(found.pop(), { lines: wrong.length + 2, wrong: wrong.length })
  for (const [index, [, problem]] of wrong.entries()) {
    assert.equal(found[index].line, index + 2)
    assert.match(found[index].problem, problem)
  }
  assert.deepEqual(await exported(), [])
  const { code, stdout } = await operator.start(["import", "--check", path], { NATS_URL: "" }).ran
  assert.equal(code, 1)
  assert.match(stdout, /crates\.ndjson:4: there is no contract "yard\.cart"/)
  assert.match(stdout, /20 lines, 18 of them wrong: nothing was written/)
  const missing = await operator.run("import", "no/such/file")
  assert.match(missing.stderr, /no\/such\/file cannot be read/)
})

test("an import that is killed goes on where it was, and nothing is there twice", async (t) => {
  const { operator, file, exported } = await opened(t)
  const lines = Array.from({ length: 15_000 }, (_, each) =>
    // One actor has every second line, so that it has many commits.
    filled(each % 2 === 0 ? "hot" : `c-${each % 997}`, each, each))
  const path = await file(lines)
  for (const least of [100, 1_000]) {
    const { child, ran } = operator.start(["import", path])
    await until(async () => await operator.last() > least)
    child.kill("SIGKILL")
    assert.equal((await ran).code, 128, "it was not killed in the middle")
  }
  const [result] = await operator.json(0, "import", path)
  assert.equal(result.written + result.present, lines.length)
  assert.ok(result.present > 0 && result.written > 0, JSON.stringify(result))
  const counts = new Map<string, number[]>()
  for (const { id, data } of await exported()) {
    counts.set(id, [...counts.get(id) ?? [], data.count])
  }
  assert.equal(counts.size, new Set(lines.map(({ id }) => id)).size)
  for (const { id, data } of lines) {
    assert.equal(counts.get(String(id))?.shift(), (data as { count: number }).count, String(id))
  }
  assert.deepEqual([...counts.values()].flat(), [])
  const [again] = await operator.json(0, "import", path)
  assert.deepEqual(again, { lines: lines.length, written: 0, present: lines.length, wrong: 0 })
})

test("new lines within a file are added, changed ones are refused", async (t) => {
  const { operator, file, exported } = await opened(t)
  const line = (number: number, count = number) =>
    filled("c-1", count, number, { commandId: `old-${number}`, principal: "ada" })
  assert.equal((await operator.run("import", await file([line(1), line(3)]))).code, 0)
  const path = await file([line(1), line(3, 4), line(5)])
  const [wrong, result] = await operator.json(1, "import", path)
  assert.deepEqual([result.written, result.present, result.wrong], [1, 1, 1])
  assert.match(wrong.problem, /has another Filled under the id old-3/)
  const between = { ...line(4), time: at(5) }
  const [more] = await operator.json(0, "import", await file([line(1), line(3), between, line(5)]))
  assert.deepEqual([more.written, more.present], [1, 3])
  const all = await exported()
  assert.deepEqual(all.map(({ data }) => data.count), [1, 3, 5, 4])
  assert.equal(all[0].principal, "ada")
})

test("what is exported is imported elsewhere as it was, and once", async (t) => {
  const one = await opened(t)
  const lines = [
    ...[1, 2, 3].map((count) => filled("c-1", count, 1, { commandId: "one-command" })),
    filled("c 2/é", 9, 2, {
      ...{ correlation: "r-1", causation: "r-0", tracestate: `a=${"x".repeat(200)},b=1` },
      ...{ traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, baggage: "user=1, plan=pro" },
    }),
  ]
  assert.equal((await one.operator.run("import", await one.file(lines))).code, 0)
  const before = await one.exported()
  assert.equal(before.length, 4)
  const other = await opened(t)
  const path = await other.file(before)
  for (const written of [4, 0]) {
    const [result] = await other.operator.json(0, "import", path)
    assert.equal(result.written, written)
  }
  assert.deepEqual(await other.exported(), before)
})

test("commands are decided by the application, each once", async (t) => {
  const { operator, file, exported } = await opened(t)
  await operator.begin()
  const line = (id: string, count: number) => ({
    contract: "yard.crate",
    id,
    command: "Fill",
    data: { count },
  })
  const path = await file([line("c-1", 1), filled("c-1", 7, 1), line("c-2", 3), line("c-1", -1)])
  const failed = await operator.run("import", path)
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /line 2: it happened before the last event of yard\.crate c-1/)
  const right = await file([line("c-1", 1), line("c-2", 3), line("c-1", -1)], "right.ndjson")
  for (const written of [2, 0]) {
    const [rejected, result] = await operator.json(1, "import", right)
    assert.deepEqual(rejected, { line: 3, problem: "rejected: Negative" })
    assert.deepEqual([result.written, result.present], [written, 2 - written])
  }
  const all = await exported("yard.crate")
  assert.deepEqual(all.map(({ id, data }) => [id, data.count]).sort(), [
    ["c-1", 1],
    ["c-1", 1],
    ["c-2", 3],
    ["c-2", 3],
  ])
})
