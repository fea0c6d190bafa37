/** What the gateway does with good requests and bad ones, in front of a small system in memory. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { after, before, describe } from "node:test"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { RunningApp } from "../app/running.ts"
import { encode, type LineFields, logThrough, plainAnswerOf } from "../wire/internal.ts"
import { withFields } from "../wire/report.ts"
import { Contract } from "../contracts/internal.ts"
import { Projection } from "../projections/internal.ts"
import { REQUEST_BYTES } from "./limits.ts"

const Notes = Contract.define("desk.note", {
  commands: {
    Write: { text: Schema.String, tags: Schema.optionalKey(Schema.Array(Schema.String)) },
    Clear: {},
    Explode: {},
  },
  internal: { Archive: {} },
  events: { Written: { text: Schema.String } },
  rejections: { TooRude: { word: Schema.String } },
  protobuf: {
    messages: {
      Write: {
        fields: [
          { number: 1, name: "text", kind: "string" },
          { number: 2, name: "tags", kind: "Write.TagsList" },
        ],
      },
      "Write.TagsList": {
        form: "box",
        fields: [{ number: 1, name: "value", kind: "string", label: "repeated" }],
      },
      TooRude: { fields: [{ number: 1, name: "word", kind: "string" }] },
    },
  },
})

const note = Actor.define(Notes, {
  initial: { text: "" },
  decide: {
    Write: (_state, { text }) =>
      text === "damn" ? Notes.rejections.TooRude({ word: text }) : Notes.events.Written({ text }),
    Clear: () => Notes.events.Written({ text: "" }),
    Explode: () => {
      throw new Error("boom")
    },
    Archive: () => Notes.events.Written({ text: "archived" }),
  },
  evolve: { Written: (_state, { text }) => ({ text }) },
})

const NoteList = Projection.define("desk.note-list", {
  from: [Notes],
  row: { id: Schema.String, text: Schema.String },
  key: "id",
  on: { Written: (_row, { text }, { id }) => ({ id, text }) },
})

const utf8 = new TextEncoder()

interface Problem {
  readonly title: string
  readonly detail: string
  readonly word?: string
  readonly reference?: string
  readonly issues?: readonly { readonly path: string }[]
}

describe("the gateway", () => {
  let app: RunningApp
  before(async () => {
    app = await App.inMemory(App.define("desk", { actors: [note], projections: [NoteList] }))
  })
  after(() => app.stop())

  const send = (path: string, body: string, headers: Record<string, string> = {}) =>
    app.fetch(path, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", ...headers },
    })

  const problem = async (response: Response | Promise<Response>, status: number) => {
    const given = await response
    assert.equal(given.status, status)
    assert.equal(given.headers.get("Content-Type"), "application/problem+json")
    return await given.json() as Problem
  }

  test("a rejection carries its fields beside its name", async () => {
    const { title, word } = await problem(send("/desk/note/a/Write", '{"text":"damn"}'), 409)
    assert.deepEqual([title, word], ["TooRude", "damn"])
  })

  test("a field of the wrong type, and one that is missing, are named", async () => {
    const wrong = await problem(send("/desk/note/a/Write", '{"text":3}'), 422)
    assert.deepEqual(wrong.issues?.map(({ path }) => path), ["text"])
    const missing = await problem(send("/desk/note/a/Write", "{}"), 422)
    assert.deepEqual(missing.issues?.map(({ path }) => path), ["text"])
    const inside = await problem(send("/desk/note/a/Write", '{"text":"a","tags":["b",4]}'), 422)
    assert.deepEqual(inside.issues?.map(({ path }) => path), ["tags.1"])
  })

  test("a field that is not in the contract is refused, with the nearest one", async () => {
    const { title, issues } = await problem(send("/desk/note/b/Write", '{"text":"a","txt":1}'), 422)
    const message = 'Expected no field "txt" (did you mean "text"?)'
    assert.deepEqual([title, issues], ["Invalid", [{ path: "txt", message }]])
  })

  test("a parameter that nobody reads is refused, also that of a command", async () => {
    const command = await problem(send("/desk/note/b/Write?text=a", '{"text":"a"}'), 422)
    assert.deepEqual(command.issues?.map(({ path }) => path), ["text"])
    assert.equal((await send("/desk/note/b/Write?", '{"text":"a"}')).status, 200)
    for (const path of ["/desk/note/b?vershun=1", "/desk/note/b/history?limt=1"]) {
      assert.match((await problem(app.fetch(path), 422)).detail, /did you mean "(version|limit)"\?/)
    }
    assert.match(
      (await problem(app.fetch("/desk/note-list/b?x=1"), 422)).detail,
      /no such parameter/,
    )
  })

  test("a misspelt name is not found at once, with the nearest one", async () => {
    const names = [
      ["/desk/note/a/Wrte", 'did you mean "Write"?'],
      ["/desk/noet/a/Write", 'did you mean "desk.note"?'],
      ["/kitchen/note/a/Write", 'did you mean "desk.note"?'],
    ] as const
    for (const [path, meant] of names) {
      const started = performance.now()
      const { detail } = await problem(send(path, '{"text":"a"}'), 404)
      assert.ok(detail.includes(meant), detail)
      assert.ok(performance.now() - started < 1_000, "nobody was asked")
    }
  })

  test("a body that is not JSON, or not a map, is malformed", async () => {
    for (const body of ["{", "[1]", "7", '"text"', "null", "{'text':1}", '{"__proto__":{"a":1}}']) {
      const { title } = await problem(send("/desk/note/a/Write", body), 400)
      assert.equal(title, "Malformed", body)
    }
    assert.equal(({} as Record<string, unknown>).a, undefined)
  })

  test("a body nested deeper than any stack is survived", async () => {
    const deep = `{"text":${"[".repeat(200_000)}${"]".repeat(200_000)}}`
    assert.ok([400, 422].includes((await send("/desk/note/a/Write", deep)).status))
    assert.equal((await send("/desk/note/deep/Write", '{"text":"on we go"}')).status, 200)
  })

  test("a body of 5 MB is refused, and so is one just above the limit", async () => {
    for (const size of [5_000_000, REQUEST_BYTES + 1]) {
      const body = JSON.stringify({ text: "x".repeat(size) })
      const { title } = await problem(send("/desk/note/a/Write", body), 413)
      assert.equal(title, "TooLarge")
    }
  })

  test("another content type is refused", async () => {
    const form = { "Content-Type": "application/x-www-form-urlencoded" }
    await problem(send("/desk/note/a/Write", "text=a", form), 415)
    await problem(send("/desk/note/a/Write", "x", { "Content-Type": "application/msgpack" }), 415)
  })

  test("the format that a body is labelled with is the one that it is read as", async () => {
    const fields = new Uint8Array(encode("msgpack", { text: "smuggled" }))
    for (const type of ["application/json", "application/json; charset=utf-8", "a/b+json"]) {
      const response = await app.fetch("/desk/note/m/Write", {
        method: "POST",
        body: fields,
        headers: { "Content-Type": type },
      })
      const { title } = await problem(response, type === "a/b+json" ? 415 : 400)
      assert.equal(title, type === "a/b+json" ? "UnsupportedFormat" : "Malformed")
    }
    await problem(app.fetch("/desk/note/m"), 404)
  })

  test("a content type is read as RFC 9110 spells it", async () => {
    const send = (type: string) =>
      app.fetch("/desk/note/t/Write", {
        method: "POST",
        body: '{"text":"a"}',
        headers: { "Content-Type": type },
      })
    const good = ['Application/JSON; Charset="UTF-8"', "application/json;a=b", "application/a+json"]
    for (const type of good) assert.equal((await send(type)).status, 200, type)
    const bad = [
      "application/json; charset=utf-16",
      "application/json, application/json",
      "text/plain; a=application/json",
      "application/jsonl",
      "text/plain",
      "",
    ]
    for (const type of bad) await problem(send(type), 415)
  })

  test("a body without a content type is refused; a command without fields has none", async () => {
    const post = (path: string, body?: Uint8Array<ArrayBuffer>) =>
      app.fetch(path, { method: "POST", ...(body ? { body } : {}) })
    const { detail } = await problem(post("/desk/note/u/Write", utf8.encode('{"text":"a"}')), 415)
    assert.match(detail, /send it as application\/json/)
    await problem(post("/desk/note/u/Write"), 422)
    await send("/desk/note/u/Write", '{"text":"a"}')
    assert.equal((await post("/desk/note/u/Clear")).status, 200)
  })

  test("a body in any coding is refused", async () => {
    for (const coding of ["gzip", "br", "deflate", "identity, gzip", "x"]) {
      const headers = { "Content-Encoding": coding }
      await problem(send("/desk/note/a/Write", '{"text":"a"}', headers), 415)
    }
    const headers = { "Content-Encoding": "identity" }
    assert.equal((await send("/desk/note/c/Write", '{"text":"a"}', headers)).status, 200)
  })

  test("an id is what people have: it comes back from every read as it was sent", async () => {
    const ids = [
      ...["ada@example.com", "urn:isbn:0-395-36341-1", "a/b/c.txt", "tenant:42", "50%", "%41"],
      ...["{0F1E2D3C-0000-4000-8000-000000000001}", "J\u00fcrgen M\u00fcller", "*", ">", "a+b"],
      ...["x".repeat(128), "\u00fc".repeat(128), "\u{1f4a5}", "?#&="],
    ]
    for (const id of ids) {
      const path = `/desk/note/${encodeURIComponent(id)}`
      const sent = await send(`${path}/Write`, '{"text":"a"}')
      assert.equal(sent.status, 200, id)
      const state = await (await app.fetch(path)).json() as { id: string; version: number }
      assert.deepEqual([state.id, state.version], [id, 1])
      const history = await (await app.fetch(`${path}/history`)).json() as { id: string }
      assert.equal(history.id, id)
      const headers = { "Leftfold-After": sent.headers.get("Leftfold-Position") ?? "" }
      const row = await app.fetch(`/desk/note-list/${encodeURIComponent(id)}`, { headers })
      assert.deepEqual(await row.json(), { id, text: "a" })
      const answer = await app.client.ask(Notes, id, Notes.commands.Write({ text: "b" }))
      assert.ok(answer.kind === "accepted" && answer.version === 2, id)
    }
  })

  test("an id that is none is refused, whatever it holds", async () => {
    for (
      const id of ["a%00b", "%0A", "u%CC%88", "%E2%80%A8", "x".repeat(129), "x".repeat(10_000)]
    ) {
      const { title } = await problem(send(`/desk/note/${id}/Write`, '{"text":"a"}'), 422)
      assert.equal(title, "Invalid", id)
    }
  })

  test("names that stand for nothing are not found, and the answer says what is", async () => {
    const command = await problem(send("/desk/note/a/Sing", "{}"), 404)
    assert.match(command.detail, /Write/)
    for (const name of ["constructor", "__proto__", "toString", "write"]) {
      await problem(send(`/desk/note/a/${name}`, "{}"), 404)
    }
    assert.match((await problem(send("/desk/none/a/Write", "{}"), 404)).detail, /desk\.note/)
    await problem(app.fetch("/desk/none"), 404)
    await problem(app.fetch("/none/note/a"), 404)
    await problem(app.fetch("/"), 404)
    await problem(app.fetch("/desk/note/never"), 404)
    await problem(app.fetch("/desk/note-list/never"), 404)
  })

  test("what only the system itself sends is not there over HTTP, and not described", async () => {
    const { title, detail } = await problem(send("/desk/note/a/Archive", "{}"), 404)
    assert.equal(title, "NotFound")
    assert.match(detail, /Archive that only the system itself sends; .* Write, Clear, Explode$/)
    const { paths } = await (await app.fetch("/openapi.json")).json() as { paths: object }
    const commands = Object.keys(paths).filter((path) => /\{id\}\/[A-Z]/.test(path))
    assert.deepEqual(commands, [
      "/desk/note/{id}/Write",
      "/desk/note/{id}/Clear",
      "/desk/note/{id}/Explode",
    ])
    const answer = await app.client.ask(Notes, "archived", Notes.commands.Archive())
    assert.equal(answer.kind, "accepted")
  })

  test("a handler that throws is answered with a reference, and the actor goes on", async () => {
    const lines: string[] = []
    const write = (line: string, fields?: LineFields) => void lines.push(withFields(line, fields))
    const before = logThrough({ error: write, warning: write, info: write })
    const headers = { "Idempotency-Key": "c-e", "Leftfold-Correlation-Id": "request-e" }
    const { reference, detail } = await problem(
      send("/desk/note/e/Explode", "{}", headers),
      500,
    ).finally(() => logThrough(before))
    assert.ok(reference)
    const told = lines.filter((line) => line.includes(reference))
    assert.equal(told.length, 1)
    assert.match(told[0]!, /\(correlation request-e, command c-e\)\n.*boom/)
    assert.ok(!detail.includes("boom"))
    assert.equal((await send("/desk/note/e/Write", '{"text":"still here"}')).status, 200)
  })

  test("headers that cannot be are refused", async () => {
    const write = (headers: Record<string, string>) =>
      problem(send("/desk/note/a/Write", '{"text":"a"}', headers), 422)
    await write({ "If-Match": "three" })
    await write({ "Idempotency-Key": "two words" })
    await write({ "Idempotency-Key": "x".repeat(300) })
    await problem(app.fetch("/desk/note-list/a", { headers: { "Leftfold-After": "no" } }), 422)
  })

  test("the past can be read by version and by time, and not the future", async () => {
    await send("/desk/note/p/Write", '{"text":"one"}')
    await send("/desk/note/p/Write", '{"text":"two"}')
    const read = async (query: string) =>
      (await (await app.fetch(`/desk/note/p${query}`)).json() as { state: { text: string } })
        .state.text
    assert.equal(await read(""), "two")
    assert.equal(await read("?version=1"), "one")
    assert.equal(await read("?version=0"), "")
    assert.equal(await read("?at=2020-01-01T00:00:00Z"), "")
    assert.equal(await read("?at=2999-01-01T00:00:00Z"), "two")
    await problem(app.fetch("/desk/note/p?version=3"), 404)
    await problem(app.fetch("/desk/note/p?version=x"), 422)
    await problem(app.fetch("/desk/note/p?at=yesterday"), 422)
  })

  test("a command in Protobuf is answered in Protobuf, and so is a rejection", async () => {
    const type = "application/protobuf"
    const ask = async (id: string, hex: string, headers: Record<string, string> = {}) => {
      const response = await app.fetch(`/desk/note/${id}/Write`, {
        method: "POST",
        body: Buffer.from(hex, "hex"),
        headers: { "Content-Type": type, ...headers },
      })
      const bytes = new Uint8Array(await response.arrayBuffer())
      return { status: response.status, type: response.headers.get("Content-Type"), bytes }
    }
    const accepted = await ask("proto", "0a036f6e65")
    assert.deepEqual([accepted.status, accepted.type], [200, type])
    const { position: _, ...rest } = plainAnswerOf(accepted.bytes) as { position: string }
    assert.deepEqual(rest, { version: 1, events: 1 })
    // With tags, whose list is there and empty.
    assert.equal((await ask("proto", "0a0374776f1200")).status, 200)
    const rejected = await ask("proto", "0a0464616d6e")
    assert.deepEqual([rejected.status, rejected.type], [409, type])
    const { title, word } = plainAnswerOf(rejected.bytes) as { title: string; word: string }
    assert.deepEqual([title, word], ["TooRude", "damn"])
    // The fields of the rejection, as its own message has them: number 6 of the problem.
    assert.ok(Buffer.from(rejected.bytes).includes(Buffer.from("32060a0464616d6e", "hex")))
    const json = await ask("proto", "0a0464616d6e", { Accept: "application/json" })
    assert.deepEqual([json.status, json.type], [409, "application/problem+json"])
    for (const [hex, status] of [["0a05", 400], ["0800", 400], ["1a00", 400], ["", 422]] as const) {
      const refused = await ask("proto", hex)
      assert.deepEqual([refused.status, refused.type], [status, type], hex)
      const detail = plainAnswerOf(refused.bytes) as { detail: string }
      assert.match(detail.detail, status === 400 ? /not Protobuf/ : /Missing key at text/)
    }
    const unnumbered = { method: "POST", body: "", headers: { "Content-Type": type } }
    const response = await app.fetch("/desk/note/proto/Clear", unnumbered)
    assert.equal(response.status, 415)
    const read = await app.fetch("/desk/note/proto", { headers: { Accept: type } })
    assert.equal(read.headers.get("Content-Type"), type)
    const { state } = plainAnswerOf(new Uint8Array(await read.arrayBuffer())) as { state: object }
    assert.deepEqual(state, { text: "two" })
    const preferred = { headers: { Accept: `${type};q=0.5, application/json` } }
    const other = await app.fetch("/desk/note/proto", preferred)
    assert.equal(other.headers.get("Content-Type"), "application/json")
  })

  test("a history is paged", async () => {
    await send("/desk/note/q/Write", '{"text":"one"}')
    await send("/desk/note/q/Write", '{"text":"two"}')
    const page = async (query: string) =>
      await (await app.fetch(`/desk/note/q/history${query}`)).json() as {
        readonly events: readonly { readonly version: number }[]
        readonly next?: number
      }
    const first = await page("?limit=1")
    assert.deepEqual([first.events.map(({ version }) => version), first.next], [[1], 1])
    const second = await page("?limit=1&after=1")
    assert.deepEqual([second.events.map(({ version }) => version), second.next], [[2], undefined])
  })

  test("a parameter that is wrong, unknown or there twice is refused by name", async () => {
    await send("/desk/note/r/Write", '{"text":"one"}')
    const wrong = {
      "/desk/note/r?vesion=1": "vesion",
      "/desk/note/r?id=x": "id",
      "/desk/note/r?version=1&version=2": "version",
      "/desk/note/r?version=1e0": "version",
      "/desk/note/r?at=2026-01-01T00:00:00+02:00": "at",
      "/desk/note/r/history?limit=0": "limit",
      "/desk/note/r/history?limit=many": "limit",
      "/desk/note/r/history?after=-1": "after",
      "/desk/note/r/history?lmit=1": "lmit",
      "/desk/note-list/r?limit=1&limit=1": "limit",
      "/desk/note-list/r?key=s": "key",
    }
    for (const [url, name] of Object.entries(wrong)) {
      const { issues } = await problem(app.fetch(url), 422)
      assert.equal((issues as { path: string }[])[0]?.path, name, url)
    }
  })
})

test("while nobody serves an actor, commands are unavailable for a time that is said", async () => {
  const app = await App.inMemory(App.define("desk", { actors: [note] }))
  await app.stop()
  const response = await app.fetch("/desk/note/a/Write", {
    method: "POST",
    body: '{"text":"a"}',
    headers: { "Content-Type": "application/json" },
  })
  assert.equal(response.status, 503)
  assert.equal(response.headers.get("Retry-After"), "1")
})
