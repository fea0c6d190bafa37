/** Tests that nobody is told of what only the application itself may use. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../testing/test.ts"
import {
  commandSubject,
  encode,
  querySubject,
  requestOf,
  serviceSubjects,
} from "../../wire/internal.ts"
import { parts, rules, users } from "../fixtures/desk.ts"
import { App, type InMemoryApp } from "../mod.ts"

let app: InMemoryApp
before(async () => {
  app = await App.inMemory(App.define("desk", { ...parts, users, rules }))
})
after(() => app.stop())

interface Asked {
  readonly path: string
  readonly body?: unknown
}

/** What no caller may use, and what is only called almost so. */
const UNTOLD: readonly (readonly [Asked, other: string])[] = [
  [{ path: "/desk/note/ada-1/Shred", body: {} }, "/desk/note/ada-1/Zzzzz"],
  [{ path: "/desk/note/ada-1/Archive", body: {} }, "/desk/note/ada-1/Zzzzzzz"],
  [{ path: "/desk/note/ada-1/history" }, "/desk/note/ada-1/zzzzzzz"],
  [{ path: "/desk/vault/v-1/Open", body: {} }, "/desk/zzzzz/v-1/Zzzz"],
  [{ path: "/desk/vault/v-1" }, "/desk/zzzzz/v-1"],
  [{ path: "/desk/vault/v-1/history" }, "/desk/zzzzz/v-1/history"],
  [{ path: "/desk/draft-list/ada-1" }, "/desk/zzzzz-zzzz/ada-1"],
  [{ path: "/desk/draft-count?least=x" }, "/desk/zzzzz-zzzzz?least=x"],
]
const UNTOLD_NAMES = /Shred|Archive|vault|Open(?!API)|Opened|draft/i
const MISSPELT = ["/desk/note/ada-1/Shre", "/desk/note/ada-1/Arcive", "/desk/vualt/v-1/Opn"]
  .map((path): Asked => ({ path, body: {} })).concat(
    ["/desk/vualt/v-1", "/desk/drafd-list/1", "/desk/drat-count", "/desk/x", "/desk/y/1", "/z/y"]
      .map((path) => ({ path })),
  )

test("what no caller may use answers like what does not exist, by every method", async () => {
  const send = async (method: string, path: string, body?: unknown, caller = "ada") => {
    const headers = { Authorization: `Bearer ${caller}`, "Content-Type": "application/json" }
    const init = { method, headers, ...body !== undefined && { body: JSON.stringify(body) } }
    const response = await app.fetch(path, init)
    const { type, title, status, detail } = method === "HEAD"
      ? {} as Record<string, unknown>
      : await response.json() as Record<string, unknown>
    const given = [...response.headers].filter(([name]) => !/^(date|content-length)$/.test(name))
    return { status: response.status, given, type, title, told: status, detail }
  }
  for (const [{ path, body }, other] of UNTOLD) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
      const given = method === "POST" ? body ?? {} : undefined
      const [got, like] = [await send(method, path, given), await send(method, other, given)]
      assert.equal(got.status, 404, `${method} ${path}`)
      const says = String(got.detail).replaceAll(path.split("?")[0]!, "")
      if (!says.startsWith("there is no")) assert.doesNotMatch(says, UNTOLD_NAMES)
      assert.deepEqual({ ...got, detail: "" }, { ...like, detail: "" }, `${method} ${path}`)
      assert.equal(new Map(got.given).get("allow"), undefined)
    }
    // A field that is wrong, or no JSON at all, tells nothing either.
    if (body) assert.equal((await send("POST", path, { no: 1 })).status, 404)
  }
})

test("no list tells of what no caller may use", async () => {
  const texts: [where: string, text: string][] = []
  for (const path of ["/openapi.json", "/asyncapi.json"]) {
    texts.push([path, await (await app.fetch(path)).text()])
  }
  for (const { path, body } of MISSPELT) {
    const init = body === undefined ? {} : {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    }
    const response = await app.fetch(path, init)
    assert.equal(response.status, 404, path)
    texts.push([path, (await response.text()).replaceAll(path, "")])
  }
  const after = { "Leftfold-After": "nowhere:1", Authorization: "Bearer ada" }
  texts.push(["a position", await (await app.fetch("/desk/all-notes", { headers: after })).text()])
  const ask = async (subject: string) => {
    const reply = await requestOf(app.wire, subject, encode("json", {}), {}, 2_000)
    assert.ok(reply.type === "reply", subject)
    texts.push([subject, new TextDecoder().decode(reply.payload)])
  }
  for (const verb of ["PING", "INFO"]) await ask(serviceSubjects(verb, "desk", "")[1]!)
  for (const type of ["Shre", "Arcive", "X"]) await ask(commandSubject("desk.note", "1", type))
  await ask(querySubject("desk.all-notes"))
  for (const [where, text] of texts) assert.doesNotMatch(text, UNTOLD_NAMES, where)
  const all = new Map(texts)
  for (
    const where of ["/openapi.json", "/asyncapi.json", serviceSubjects("INFO", "desk", "")[1]!]
  ) {
    assert.match(all.get(where)!, /Erase/, where)
  }
  assert.match(all.get("/desk/note/ada-1/Shre")!, /it has|there are: Write, Erase, Read/)
  assert.match(all.get(commandSubject("desk.note", "1", "X"))!, /it has: Write, Erase, Read"/)
})
