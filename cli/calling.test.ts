/** Tests of other services as callers: with our client, with it alone, and in Python. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { cp, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Buffer } from "node:buffer"
import process from "node:process"
import { after, before } from "node:test"
import { promisify } from "node:util"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { createNamespace } from "../testing/namespace.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { isFailure, isOutage } from "../contracts/internal.ts"
import { connectClient } from "../wire/client/mod.ts"
import { natsWire, requestOf } from "../wire/internal.ts"
import { checkedJson } from "./fixtures/checked-output.ts"
import { Operator } from "./fixtures/operator.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const run = promisify(execFile)

/** The most bytes that the client may take in addition to the NATS client. */
const CLIENT_BYTES = 2_000_000

/** The types of the application, as `leftfold types` writes them. */
interface Yard {
  readonly contracts: {
    readonly "yard.crate": {
      readonly commands: { readonly Fill: { readonly count: number } }
      readonly rejections: { readonly Negative: { readonly count: number } }
    }
  }
  readonly queries: {
    readonly "yard.crate-list": {
      readonly params: { readonly key: string }
      readonly result: { readonly id: string; readonly sum: number; readonly times: number }
    }
  }
}

const cleanups: (() => Promise<void>)[] = []
let url = ""
let operator: Operator

before(async () => {
  const namespace = await createNamespace()
  operator = await Operator.open({ after: (work) => cleanups.push(work) }, namespace)
  await operator.begin()
  url = namespace.natsUrl
})
after(async () => {
  for (const cleanup of cleanups) await cleanup()
})

const python = await run("python3", ["--version"]).then(() => true, () => false)

test("the client of docs/protocol.md in Python gets the answers that the page shows", async (t) => {
  if (!python) {
    console.warn("SKIPPED: there is no python3 here, so the client of docs/protocol.md was not run")
    return
  }
  const page = await readFile(join(root, "docs/protocol.md"), "utf8")
  const [, program = ""] = /```python\n([^]*?)```/.exec(page) ?? []
  const shown = /rejection:\n\n```json\n([^]*?)```/.exec(page)?.[1]
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, "client.py"), program)
  const { stdout } = await run("python3", [join(folder, "client.py"), url], { timeout: 30_000 })
  assert.equal(stdout, shown)
})

test("a service sends commands, reads what it wrote, and is told the three failures", async (t) => {
  const yard = await connectClient<Yard>({ url })
  t.after(() => yard.close())
  const fill = (count: number, commandId?: string) =>
    yard.ask("yard.crate", "s-1", "Fill", { count }, { commandId })
  const first = await fill(2 ** 40, "form-1")
  assert.ok(first.kind === "accepted")
  assert.deepEqual(await fill(2 ** 40, "form-1"), first)
  const { position } = first
  const { result } = await yard.query("yard.crate-list", { key: "s-1" }, { after: position })
  assert.deepEqual(result, { id: "s-1", sum: 2 ** 40, times: 1 })
  const refused = await fill(-1)
  assert.deepEqual(refused, { kind: "rejection", type: "Negative", data: { count: -1 } })
  const wrong = await fill(0.5).catch((error) => error)
  assert.ok(isFailure(wrong) && wrong._tag === "Invalid" && !isOutage(wrong))

  const seen: (number | undefined)[] = []
  for await (const { result } of yard.live("yard.crate-list", { key: "s-2" })) {
    seen.push(result?.sum)
    if (seen.length === 4) break
    await yard.ask("yard.crate", "s-2", "Fill", { count: 1 })
    await yard.ask("yard.crate", "s-3", "Fill", { count: 1 })
  }
  assert.deepEqual(seen, [undefined, 1, 2, 3])
  const ending = yard.live("yard.crate-list", { key: "s-3" })
  assert.equal((await ending.next()).value?.result?.sum, 3)
  const next = ending.next()
  await yard.close()
  assert.deepEqual(await next, { value: undefined, done: true })
  const outage = await yard.ask("yard.crate", "s-1", "Fill", { count: 1 }, { timeoutMs: 100 })
    .catch((error) => error)
  assert.ok(isOutage(outage), String(outage))
})

test("an answer in MessagePack has large whole numbers as integers", async (t) => {
  const wire = await natsWire({ url, name: "test" })
  t.after(() => wire.close())
  // {"count": 2^40}, the number in 64 bits.
  const fields = Uint8Array.of(0x81, 0xa5, ...Buffer.from("count"), 0xcf, 0, 0, 1, 0, 0, 0, 0, 0)
  const headers = { "content-type": "application/msgpack", "LEFTFOLD-COMMAND-ID": "once" }
  for (let time = 0; time < 2; time++) {
    await requestOf(wire, "cmd.yard.crate.m-1.Fill", fields, headers, 5_000)
  }
  const key = Uint8Array.of(0x81, 0xa2, ...Buffer.from("id"), 0xa3, ...Buffer.from("m-1"))
  const reply = await requestOf(wire, "qry.yard.crate", key, {}, 5_000)
  assert.ok(reply.type === "reply")
  const text = Buffer.from(reply.payload).toString("latin1")
  assert.ok(text.includes("\xa5state\xcf\0\0\x01\0\0\0\0\0"), JSON.stringify(text))
})

test("the client runs alone, with the NATS client and nothing else", async (t) => {
  const folder = await temporaryFolder(t)
  const client = join(folder, "client.mjs")
  const { metafile } = await build({
    entryPoints: [join(root, "wire/client/mod.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["nats"],
    outfile: client,
    metafile: true,
    absWorkingDir: root,
  })
  assert.deepEqual(Object.keys(metafile.inputs).filter((path) => path.includes("node_modules")), [])
  const bytes = (await readFile(client)).length
  assert.ok(bytes < CLIENT_BYTES, `${bytes} bytes`)
  await mkdir(join(folder, "node_modules"))
  for (const name of ["nats", "@nats-io", "tweetnacl"]) {
    const from = join(root, "node_modules", name)
    await cp(from, join(folder, "node_modules", name), { recursive: true, dereference: true })
  }
  await cp(join(root, "cli/fixtures/caller.mjs"), join(folder, "caller.mjs"))
  await writeFile(join(folder, "package.json"), '{"type":"module","dependencies":{"nats":"*"}}')
  const flags = "deno" in process.versions ? ["run", "-A", "--node-modules-dir=manual"] : []
  const { stdout } = await run(process.execPath, [...flags, "caller.mjs", url], { cwd: folder })
  assert.deepEqual(JSON.parse(stdout), {
    found: [],
    rejected: "Negative",
    sum: 2,
    failure: ["Invalid", false, "count"],
    outage: ["Unavailable", true],
  })
})

test("from the shell one asks, reads states, histories and views, and follows events", async () => {
  const [accepted] = await checkedJson(operator, 0, "ask", "crate", "sh-1", "Fill", "count=2")
  assert.deepEqual([accepted.kind, accepted.version, accepted.events], ["accepted", 1, 1])
  const again = ["ask", "yard.crate", "sh-1", "Fill", '{"count":5}', "--command-id", "form-1"]
  for (let time = 0; time < 2; time++) {
    assert.match(
      (await operator.run(...again)).stdout,
      /^accepted: 1 event, version 2, yard:\d+\n$/,
    )
  }
  const rejected = await operator.run("ask", "crate", "sh-1", "Fill", "count=-1")
  assert.equal(rejected.code, 1)
  assert.equal(rejected.stdout, 'rejected: Negative {"count":-1}\n')
  const wrong = await operator.run("ask", "crate", "sh-1", "Fill", "count=x")
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /count/)
  assert.match((await operator.run("ask", "crate", "sh-1", "Fill", "count")).stderr, /name=value/)

  const [state] = await checkedJson(operator, 0, "state", "crate", "sh-1")
  assert.deepEqual([state.version, state.state], [2, 7])
  const [before] = await checkedJson(operator, 0, "state", "crate", "sh-1", "--version", "1")
  assert.equal(before.state, 2)
  assert.match(
    (await operator.run("state", "crate", "sh-1")).stdout,
    /at version 2, yard:\d+ of 20/,
  )
  const [history] = await checkedJson(operator, 0, "history", "crate", "sh-1", "--after", "1")
  assert.deepEqual(history.events.map(({ data }: { data: unknown }) => data), [{ count: 5 }])
  assert.match((await operator.run("history", "crate", "sh-1")).stdout, /Filled \{"count":5\}/)
  const after = ["--after", state.position]
  const [row] = await checkedJson(operator, 0, "query", "yard.crate-list", "key=sh-1", ...after)
  assert.deepEqual(row.result, { id: "sh-1", sum: 7, times: 2 })
  const missing = await operator.run("query", "yard.crate-list", "key=nobody")
  assert.deepEqual([missing.code, /has no row "nobody"/.test(missing.stderr)], [1, true])

  const events = await checkedJson(
    operator,
    0,
    "tail",
    "crate",
    "--from",
    accepted.position,
    "--count",
    "1",
  )
  assert.deepEqual(events.map(({ id, type, data }) => [id, type, data]), [
    ["sh-1", "Filled", { count: 5 }],
  ])
})

test("the shell tells what a command would do, why a row is so, and what came of it", async () => {
  const filled = async (count: string) =>
    (await checkedJson(operator, 0, "ask", "crate", "why-1", "Fill", `count=${count}`))[0]
  const first = await filled("2")
  await filled("5")
  const last = await filled("0")

  const [would] = await checkedJson(operator, 0, "would", "crate", "why-1", "Fill", "count=3")
  assert.deepEqual([would.version, would.before, would.outcome], [3, 7, {
    kind: "accepted",
    events: [{ type: "Filled", data: { count: 3 } }],
    after: 10,
  }])
  const past = ["would", "crate", "why-1", "Fill", "count=-3", "--version", "1"]
  const rejected = await operator.run(...past)
  assert.equal(rejected.code, 1)
  assert.match(
    rejected.stdout,
    /^at version 1, yard:\d+, in the state 2\nit would be rejected: Neg/,
  )
  const [unborn] = await checkedJson(operator, 0, "would", "crate", "why-0", "Fill", "count=1")
  assert.deepEqual([unborn.version, unborn.before], [0, 0])
  const later = await operator.run("would", "crate", "why-1", "Fill", "count=1", "--version", "9")
  assert.match(later.stderr, /why-1 is at version 3, not 9/)
  const [state] = await checkedJson(operator, 0, "state", "crate", "why-1")
  assert.equal(state.version, 3, "nothing is stored")

  await operator.caughtUp()
  const [sum] = await checkedJson(operator, 0, "why", "crate-list", "why-1", "sum")
  assert.deepEqual([sum.column.value, sum.column.causes.length, sum.column.minimal], [7, 2, true])
  assert.deepEqual([sum.stored.same, sum.stored.sameVersion], [true, true])
  assert.equal(sum.chain[0].command.name, "Fill", "the command is known by its hash")
  const [then] = await checkedJson(
    ...[operator, 0, "why", "crate-list", "why-1", "--at", first.position] as const,
  )
  assert.deepEqual(then.row, { id: "why-1", sum: 2, times: 1 })
  const text = await operator.run("why", "crate-list", "why-1", "times")
  assert.match(text.stdout, /^times = 3\nsince Filled of yard\.crate why-1 at yard:\d+, 20/)
  assert.match(text.stdout, /3 events give this value, and none of them can be left out:/)
  assert.match(text.stdout, /Fill ← a client, command /)
  const nobody = await operator.run("why", "crate-list", "why-2")
  assert.deepEqual([nobody.code, /has no row why-2/.test(nobody.stdout)], [1, true])
  const column = await operator.run("why", "crate-list", "why-1", "total")
  assert.match(column.stderr, /has no column "total"; it has id, sum, times/)

  const [flow] = await checkedJson(operator, 0, "flow", last.position)
  assert.deepEqual([flow.commands, flow.steps[0].events[0].type], [1, "Filled"])
  const [same] = await checkedJson(operator, 0, "flow", flow.correlation)
  assert.deepEqual(same, flow)
  const none = await operator.run("flow", "yard:999999")
  assert.match(none.stderr, /the log has no message at yard:999999/)
})

test("an agent asks over the standard input why a value is so", async () => {
  await checkedJson(operator, 0, "ask", "crate", "mcp-1", "Fill", "count=4")
  const { child, ran } = operator.start(["mcp"])
  const call = (id: number, method: string, params: object) =>
    child.stdin!.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`)
  call(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: {} })
  const given = { view: "crate-list", key: "mcp-1", column: "sum" }
  call(2, "tools/call", { name: "why", arguments: given })
  call(3, "tools/call", { name: "health", arguments: {} })
  child.stdin!.end()
  const { code, stdout, stderr } = await ran
  assert.equal(code, 0, stderr)
  const answers = stdout.trim().split("\n").map((line) => JSON.parse(line))
  const textOf = (id: number): string =>
    answers.find((each) => each.id === id).result.content[0].text.split("\n")[2]
  assert.equal(answers.length, 3, "the output holds nothing but answers")
  const why = JSON.parse(textOf(2))
  assert.deepEqual([why.column.value, why.chain[0].command.name], [4, "Fill"])
  assert.equal(JSON.parse(textOf(3)).actors.ready, true)
})

test("a reader that has read enough ends the program without a complaint", async () => {
  await operator.json(0, "ask", "crate", "head-1", "Fill", "count=1")
  const { child, ran } = operator.start(["history", "crate", "head-1"])
  child.stdout!.destroy()
  const { code, stderr } = await ran
  assert.deepEqual([code, stderr], [0, ""])
})
