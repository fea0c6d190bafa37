/** Tests of moves: killed in the middle and run again, nothing is lost, nothing is there twice. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { App } from "../app/mod.ts"
import { createNamespace } from "../testing/namespace.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { boxes } from "./fixtures/boxes.ts"
import { crates } from "./fixtures/crates.ts"
import { Operator } from "./fixtures/operator.ts"

type Scope = Parameters<typeof Operator.open>[0]

const ACTORS = 1_200

/** Crates of the old release, each with three events in two commits or more, and both operators. */
const opened = async (t: Scope) => {
  const servers = await createNamespace()
  const before = await Operator.open(t, servers)
  const after = await Operator.open(t, servers, { app: boxes, module: "cli/fixtures/boxes.ts" })
  for (const each of [before, after]) assert.equal((await each.run("provision")).code, 0)
  const folder = await temporaryFolder(t)
  for (const [part, counts] of [[1, 2], [3]].entries()) {
    const lines = counts.flatMap((count) =>
      Array.from({ length: ACTORS }, (_, each) =>
        JSON.stringify({
          ...{ contract: "yard.crate", id: `c-${each}`, event: "Filled", data: { count } },
          ...{ time: `2020-01-0${count}T00:00:00Z`, principal: "ada" },
        }))
    )
    const path = join(folder, `${part}.ndjson`)
    await writeFile(path, lines.join("\n"))
    const { code, stderr } = await before.run("import", path)
    assert.equal(code, 0, stderr)
  }
  return { servers, before, after }
}

/** The exported events of each actor, without their names. */
const eventsOf = async (operator: Operator, context: string) => {
  const { stdout, code, stderr } = await operator.run("export", context)
  assert.equal(code, 0, stderr)
  const all = new Map<string, unknown[]>()
  for (const line of stdout.split("\n").filter((each) => each !== "")) {
    const { contract: _, id, ...event } = JSON.parse(line)
    if (event.event !== "LeftfoldMoved") all.set(id, [...all.get(id) ?? [], event])
  }
  return all
}

test("a move that is killed goes on, and what asks the old name is answered", async (t) => {
  const { servers, before, after } = await opened(t)
  const whole = await eventsOf(before, "yard")
  assert.equal(whole.size, ACTORS)

  // Too early: a release that has the new name does not begin without the past.
  await assert.rejects(
    App.start(boxes, { ...servers, port: 0 }),
    /depot\.box was called yard\.crate, .* run leftfold move depot\.box first/,
  )
  // Too early: a node of the old release could still decide.
  const old = await App.start(crates, { ...servers, port: 0 })
  const refused = await after.run("move", "depot.box")
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /nodes still decide for yard\.crate: stop all that run its actors/)
  await old.stop()

  const { child, ran } = after.start(["move", "depot.box"])
  let said = ""
  child.stderr!.on("data", (chunk) => said += chunk)
  await until(() => said.includes(" %"), { within: 60_000 })
  child.kill("SIGKILL")
  await ran
  const half = (await eventsOf(after, "depot")).size
  assert.ok(half > 0 && half < ACTORS, `it was killed in the middle: ${half}`)
  await assert.rejects(App.start(boxes, { ...servers, port: 0 }), /run leftfold move depot\.box/)

  const [first] = await after.json(0, "move", "depot.box")
  assert.equal(first.actors + first.present, ACTORS)
  assert.ok(first.present > 0 && first.actors > 0, JSON.stringify(first))
  assert.deepEqual(await eventsOf(after, "depot"), whole)
  const [second] = await after.json(0, "move", "depot.box")
  assert.deepEqual([second.actors, second.events, second.present], [0, 0, ACTORS])

  // A node of the old release that was forgotten decides nothing any longer.
  const forgotten = await App.start(crates, { ...servers, port: 0 })
  const late = await before.ask("cmd.yard.crate.c-1.Fill", { count: 5 })
  assert.equal(late.title, "Unavailable", JSON.stringify(late))
  await forgotten.stop()

  const app = await App.start(boxes, { ...servers, port: 0 })
  t.after(() => app.stop())
  const answer = await before.ask("cmd.yard.crate.c-1.Fill", { count: 10 })
  assert.match(answer.position, /^depot:/)
  assert.equal(answer.version, 4)
  const rejected = await before.ask("cmd.yard.crate.c-1.Fill", { count: -1 })
  assert.equal(rejected.type, "urn:leftfold:rejection")
  assert.equal((await before.ask("qry.yard.crate", { id: "c-1" })).state, 16)
  const http = await fetch(`${app.url}/yard/crate/c-2/Fill`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"count":1}',
  })
  assert.equal(http.status, 200, await http.clone().text())
  const { position } = await http.json() as { position: string }
  await app.caughtUp({ position })
  const [row] = await after.sql`select sum from depot.box_list where id = 'c-2'`
  assert.equal(row?.sum, 7)
  // Policies react to what is new, and not again to what has moved.
  const isClosed = async (id: string) =>
    (await after.ask("qry.depot.seal", { id })).version as number | undefined
  await until(async () => await isClosed("c-1") === 1 && await isClosed("c-2") === 1)
  assert.equal(await isClosed("c-3"), undefined)
})

test("an actor with a past of its own, and one that was moved elsewhere, stay", async (t) => {
  const servers = await createNamespace()
  const before = await Operator.open(t, servers)
  const after = await Operator.open(t, servers, { app: boxes, module: "cli/fixtures/boxes.ts" })
  for (const each of [before, after]) assert.equal((await each.run("provision")).code, 0)
  const folder = await temporaryFolder(t)
  const line = (contract: string, id: string, count: number) =>
    JSON.stringify({
      ...{ contract, id, event: "Filled", data: { count }, time: "2020-01-01T00:00:00Z" },
    })
  const file = async (name: string, ...lines: string[]) => {
    await writeFile(join(folder, name), lines.join("\n"))
    return join(folder, name)
  }
  const yard = await file("yard", line("yard.crate", "a", 1), line("yard.crate", "b", 2))
  assert.equal((await before.run("import", yard)).code, 0)
  const depot = await file("depot", line("depot.box", "a", 7))
  assert.equal((await after.run("import", depot)).code, 0)
  const { code, stdout } = await after.run("move", "depot.box")
  assert.equal(code, 1)
  assert.match(stdout, /yard\.crate a is not moved: depot\.box a has events of its own/)
  assert.match(stdout, /1 actor moved with 1 event, 0 there already, 1 actor not moved/)
  await assert.rejects(App.start(boxes, { ...servers, port: 0 }), /are not moved yet/)
  const never = await before.run("move", "yard.crate")
  assert.equal(never.code, 1)
  assert.match(never.stderr, /yard\.crate was never called otherwise: say in its contract/)
})
