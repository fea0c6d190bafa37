/** Tests of rules: who may do what, over HTTP, on live streams and over NATS alike. */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { isFailure } from "../../contracts/internal.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import {
  commandSubject,
  decode,
  encode,
  HEADER,
  querySubject,
  requestOf,
} from "../../wire/internal.ts"
import {
  ends,
  Erase,
  NoteList,
  Notes,
  NotesOf,
  parts,
  Read,
  rules,
  USERS,
  users,
  Vaults,
  Write,
} from "../fixtures/desk.ts"
import {
  anybody,
  App,
  type HttpRoutes,
  type InMemoryApp,
  nobody,
  Rules,
  type User,
} from "../mod.ts"

let app: InMemoryApp
/** The client of own routes, which has the keys. */
let own: Pick<InMemoryApp["client"], "askPlain" | "queryPlain">
before(async () => {
  const http: HttpRoutes = (_http, { client }) => void (own = client)
  app = await App.inMemory(App.define("desk", { ...parts, users, rules, http }))
  for (const owner of ["ada", "bob"]) {
    const answer = await app.client.ask(Notes, `${owner}-1`, Write({ owner, text: "secret" }))
    assert.ok(answer.kind === "accepted")
    await app.caughtUp(answer)
  }
})
after(() => app.stop())

/** The caller: nobody, a user by name, or the application itself. */
type Caller = "nobody" | "ada" | "bob" | "boss" | "system"

interface Asked {
  readonly path: string
  readonly body?: unknown
}

const overHttp = async (caller: Caller, { path, body }: Asked): Promise<string> => {
  const headers: Record<string, string> = caller === "nobody"
    ? {}
    : { Authorization: `Bearer ${caller}` }
  const init = body === undefined ? { headers } : {
    method: "POST",
    body: JSON.stringify(body),
    headers: { ...headers, "Content-Type": "application/json" },
  }
  const response = await app.fetch(path, init)
  const text = await response.text()
  return response.ok ? text : String(response.status)
}

/** The same by the client, as a process of the system that has the keys, and without. */
const overNats = async (caller: Caller, { path, body }: Asked): Promise<string> => {
  const [, context, local, id, last] = path.split("/")
  const name = `${context}.${local}`
  if (caller === "nobody") {
    const subject = body === undefined
      ? querySubject(last === "history" ? `${name}.history` : name)
      : commandSubject(name, id ?? "", last ?? "")
    const fields = body ??
      (id === undefined ? {} : name === "desk.note-list" ? { key: id } : { id })
    const reply = await requestOf(app.wire, subject, encode("json", fields), {}, 2_000)
    assert.ok(reply.type === "reply")
    return reply.headers[HEADER.errorCode] ?? JSON.stringify(decode("json", reply.payload))
  }
  const as = caller === "system" ? {} : { principal: caller, claims: USERS[caller] ?? {} }
  try {
    if (body !== undefined) {
      const answer = await own.askPlain(name, id ?? "", last ?? "", body, as)
      return answer.kind === "accepted" ? JSON.stringify(answer) : "409"
    }
    const params = id === undefined ? {} : name === "desk.note-list" ? { key: id } : { id }
    const asked = last === "history" ? `${name}.history` : name
    return JSON.stringify((await own.queryPlain(asked, params, as)).result)
  } catch (error) {
    assert.ok(isFailure(error), String(error))
    const status = { Unauthenticated: 401, Forbidden: 403, NotFound: 404 } as Record<string, number>
    return String(status[error._tag] ?? error._tag)
  }
}

/** What each caller gets: a status, or `yes` for an answer. */
type Verdicts = readonly [nobody: string, ada: string, bob: string, boss: string, system: string]

const write = { owner: "ada", text: "more" }
const MATRIX: readonly (readonly [Asked, Verdicts])[] = [
  [{ path: "/desk/note/ada-1/Write", body: write }, ["401", "yes", "403", "403", "yes"]],
  [{ path: "/desk/note/ada-1/Erase", body: {} }, ["401", "yes", "409", "yes", "409"]],
  [{ path: "/desk/note/ada-1/Read", body: {} }, ["yes", "yes", "yes", "yes", "yes"]],
  [{ path: "/desk/note/ada-1/Shred", body: {} }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/vault/v-1/Open", body: {} }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/note/ada-1" }, ["401", "403", "403", "yes", "yes"]],
  [{ path: "/desk/note/ada-1/history" }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/vault/v-1" }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/vault/v-1/history" }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/note-list/ada-1" }, ["401", "yes", "404", "yes", "yes"]],
  [{ path: "/desk/note-list/bob-1" }, ["401", "404", "yes", "yes", "yes"]],
  [{ path: "/desk/note-list/none" }, ["401", "404", "404", "404", "404"]],
  [{ path: "/desk/draft-list/ada-1" }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/draft-count" }, ["404", "404", "404", "404", "yes"]],
  // What is not told of is not told of by what is wrong with it either.
  [{ path: "/desk/note/ada-1/Shred", body: { no: 1 } }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/note/ada-1/Archive", body: {} }, ["404", "404", "404", "404", "yes"]],
  [{ path: "/desk/note/ada-1/Nothing", body: {} }, ["404", "404", "404", "404", "404"]],
]
const CALLERS: readonly Caller[] = ["nobody", "ada", "bob", "boss", "system"]

test("each caller may do what the rules say, and no more, over HTTP and NATS", async () => {
  await app.client.ask(Vaults, "v-1", Vaults.commands.Open())
  for (const [asked, verdicts] of MATRIX) {
    for (const [index, caller] of CALLERS.entries()) {
      for (const [how, ask] of [["HTTP", overHttp], ["NATS", overNats]] as const) {
        // The application itself does not speak HTTP.
        if (how === "HTTP" && caller === "system") continue
        const got = await ask(caller, asked)
        const verdict = /^\d{3}$/.test(got) ? got : "yes"
        assert.equal(verdict, verdicts[index], `${how} ${caller} ${asked.path}: ${got}`)
      }
    }
  }
})

test("a principal that is given and undefined is nobody, and not the application", async () => {
  const nobodyAtAll = { principal: undefined }
  const erasing = own.askPlain("desk.note", "ada-1", "Erase", {}, nobodyAtAll)
  await assert.rejects(erasing, { _tag: "Unauthenticated" })
  const reading = own.queryPlain("desk.note", { id: "ada-1" }, nobodyAtAll)
  await assert.rejects(reading, { _tag: "Unauthenticated" })
})

test("a query shows each reader their own rows", async () => {
  const ids = (text: string) =>
    (JSON.parse(text) as { readonly id: string }[]).map(({ id }) => id).join(" ")
  for (const ask of [overHttp, overNats]) {
    assert.equal(ids(await ask("ada", { path: "/desk/all-notes" })), "ada-1")
    assert.equal(ids(await ask("bob", { path: "/desk/all-notes" })), "bob-1")
    assert.equal(ids(await ask("boss", { path: "/desk/all-notes" })), "ada-1 bob-1")
    assert.equal(await ask("nobody", { path: "/desk/all-notes" }), "401")
    assert.equal(await ask("ada", { path: "/desk/who" }), '"ada"')
    assert.equal(await ask("nobody", { path: "/desk/who" }), '"nobody"')
  }
  assert.equal(ids(await overHttp("ada", { path: "/desk/notes-of?owner=ada" })), "ada-1")
  assert.equal(await overHttp("ada", { path: "/desk/notes-of?owner=bob" }), "403")
  assert.equal(ids(await overHttp("boss", { path: "/desk/notes-of?owner=bob" })), "bob-1")
})

test("the principal is stored, and the key of another user reveals nothing", async () => {
  const say = async (caller: string, id: string) => {
    const response = await app.fetch(`/desk/note/${id}/Erase`, {
      method: "POST",
      body: "{}",
      headers: {
        "Authorization": `Bearer ${caller}`,
        "Content-Type": "application/json",
        "Idempotency-Key": "k-1",
      },
    })
    return [response.status, await response.text()] as const
  }
  const headers = {
    "Authorization": "Bearer ada",
    "Content-Type": "application/json",
    "Idempotency-Key": "k-7",
  }
  const init = { method: "POST", body: JSON.stringify(write), headers }
  const first = await app.fetch("/desk/note/ada-2/Write", init)
  assert.equal(first.status, 200)
  const history = await own.queryPlain("desk.note.history", { id: "ada-2" })
  const { events } = history.result as {
    readonly events: readonly { readonly principal?: string }[]
  }
  assert.deepEqual(events.map(({ principal }) => principal), ["ada"])
  assert.equal((await say("boss", "ada-2"))[0], 200)
  // The same command under the same key, from somebody whom the rule of `Erase` admits as well.
  const asAda = { principal: "ada", claims: {}, commandId: "k-8" }
  const asBoss = { principal: "boss", claims: { role: "staff" }, commandId: "k-8" }
  const read = (as: object) => app.client.ask(Notes, "ada-2", Write({ ...write, owner: "ada" }), as)
  assert.equal((await read(asAda)).kind, "accepted")
  await assert.rejects(read(asBoss), (error) => isFailure(error) && error._tag === "Forbidden")
  const other = await app.client.ask(Notes, "ada-2", Erase(), { ...asBoss, commandId: "k-9" })
  assert.equal(other.kind, "accepted")
  assert.equal((await app.client.ask(Notes, "ada-2", Read())).kind, "accepted")
})

test("a token that does not hold is refused, also where anybody is admitted", async () => {
  for (const path of ["/desk/who", "/desk/note-list/ada-1", "/desk/note/ada-1"]) {
    const response = await app.fetch(path, { headers: { Authorization: "Bearer eve" } })
    assert.deepEqual([response.status, response.headers.get("WWW-Authenticate")], [401, "Bearer"])
  }
})

test("a live stream shows its reader's rows, and ends with the token", async () => {
  ends.set("bob", new Date(Date.now() + 300))
  const open = (caller: string) =>
    app.fetch("/desk/all-notes", {
      headers: { Accept: "text/event-stream", Authorization: `Bearer ${caller}` },
    })
  const [adas, bobs] = await Promise.all([open("ada"), open("bob")])
  const ended = await bobs.text()
  assert.match(ended, /bob-1/)
  assert.doesNotMatch(ended, /ada-1/)
  assert.match(ended, /event: problem\ndata: .*"Unauthenticated"/)
  assert.equal((await open("bob")).status, 401)
  ends.delete("bob")
  const reader = adas.body!.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ""
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      seen += value
    }
  })()
  await until(() => seen.includes("ada-1"))
  assert.doesNotMatch(seen, /bob-1/)
  await reader.cancel()
  await reading
  const anonymous = await app.fetch("/desk/all-notes", { headers: { Accept: "text/event-stream" } })
  assert.equal(anonymous.status, 401)
})

test("a rule that gives what is no verdict admits nobody", async (t) => {
  const broken = (rule: unknown, view: unknown) => [
    ...rules.slice(1, 2),
    Rules.actor(Notes, { Write: rule as never, Erase: nobody, Read: nobody, Shred: nobody }),
    Rules.view(NoteList, view as never),
    ...rules.slice(3),
  ]
  const promise = () => Promise.resolve(true)
  const wrong: readonly (readonly [unknown, unknown])[] = [
    [promise, promise],
    [() => Promise.reject(new Error("later")), () => Promise.reject(new Error("later"))],
    [() => 1, () => ({})],
    [() => undefined, () => ({ owner: undefined })],
    [() => ({}), () => ({ owner: null })],
    [() => "yes", () => ({ nothing: "ada" })],
    [() => null, () => []],
  ]
  for (const [rule, view] of wrong) {
    const options = { ...parts, users, rules: broken(rule, view) }
    const other = await App.inMemory(App.define("desk", options))
    t.after(() => other.stop())
    const said = await other.client.ask(Notes, "ada-1", Write({ owner: "ada", text: "x" }))
    assert.ok(said.kind === "accepted")
    await other.caughtUp(said)
    const as = { principal: "ada", claims: {} }
    const tag = (error: unknown) => isFailure(error) && /Internal|Forbidden/.test(error._tag)
    await assert.rejects(
      other.client.ask(Notes, "ada-1", Write({ owner: "ada", text: "y" }), as),
      tag,
    )
    await assert.rejects(other.client.queryPlain("desk.note-list", { key: "ada-1" }, as), tag)
    await assert.rejects(other.client.queryPlain("desk.all-notes", {}, as), tag)
  }
})

test("in development everybody who does not sign in is the development user", async (t) => {
  const developmentUser: User = { id: "dev", claims: { role: "staff" } }
  const options = { ...parts, users, rules, developmentUser }
  const strict = await App.inMemory(App.define("desk", options))
  t.after(() => strict.stop())
  assert.equal((await strict.fetch("/desk/all-notes")).status, 401)
  const easy = await App.inMemory(App.define("desk", options), { developmentUser: true })
  t.after(() => easy.stop())
  assert.equal((await easy.fetch("/desk/all-notes")).status, 200)
  assert.equal(await (await easy.fetch("/desk/who")).text(), '"dev"')
  const bob = { headers: { Authorization: "Bearer bob" } }
  assert.equal((await easy.fetch("/desk/note/ada-1", bob)).status, 403)
})

test("a part without a rule is refused, and does not compile", () => {
  const refused = (run: () => unknown, why: RegExp) => assert.throws(run, why)
  refused(
    // @ts-expect-error: no rule for the query desk.who
    () => App.define("desk", { ...parts, users, rules: rules.slice(0, 5) as [] }),
    /there is no rule for the/,
  )
  const [one, two, three, four, five] = rules
  refused(
    // @ts-expect-error: no rules at all
    () => App.define("desk", { ...parts, users }),
    /there is no rule for the actor desk\.note: add Rules\.actor/,
  )
  refused(
    () => App.define("desk", { ...parts, rules: [one!, two!, three!, four!, five!] }),
    /has rules and no users/,
  )
  refused(
    // @ts-expect-error: no rule for the command Shred
    () => Rules.actor(Notes, { Write: anybody, Erase: anybody, Read: anybody }),
    /the rule for desk\.note Shred is missing/,
  )
  refused(
    () =>
      Rules.actor(Notes, {
        Write: anybody,
        Erase: anybody,
        Read: anybody,
        Shred: anybody,
        // @ts-expect-error: an internal command has no rule
        Archive: anybody,
      }),
    /there is a rule for desk\.note Archive, which is no public command/,
  )
  // @ts-expect-error: no such column
  Rules.view(NoteList, ({ user }) => ({ nothing: user.id }))
  // @ts-expect-error: no such parameter
  Rules.query(NotesOf, ({ user }, { nothing }) => user.id === nothing)
})

test("a precondition tells no version to a user who may not read the state", async () => {
  await app.client.ask(Notes, "unseen", Write({ owner: "ada", text: "secret" }))
  const erase = async (caller: Caller, ifMatch: string, header = "If-Match") => {
    const response = await app.fetch("/desk/note/unseen/Erase", {
      method: "POST",
      body: "{}",
      headers: {
        Authorization: `Bearer ${caller}`,
        "Content-Type": "application/json",
        [header]: ifMatch,
      },
    })
    const { title, actual } = await response.json() as { title?: string; actual?: number }
    return [response.status, title, actual]
  }
  const rejected = [409, "NotYours", undefined]
  // Bob's command is rejected. Whether the condition holds must not be seen.
  for (const guess of ['"0"', '"1"', '"2"', '"1", "2", "3"', "*"]) {
    assert.deepEqual(await erase("bob", guess), rejected, guess)
    assert.deepEqual(await erase("bob", guess, "If-None-Match"), rejected, guess)
  }
  // The acceptance would tell Ada the version as well, and staff may read the state.
  assert.deepEqual(await erase("ada", '"7"'), [412, "VersionMismatch", 1])
  assert.deepEqual(await erase("boss", '"7"'), [412, "VersionMismatch", 1])
  assert.equal((await erase("ada", '"1"'))[0], 200)
})

test("nobody can use up the id of another user's command", async () => {
  const write = async (caller: "ada" | "bob") => {
    const response = await app.fetch("/desk/note/shared-id/Write", {
      method: "POST",
      body: JSON.stringify({ owner: caller, text: "mine" }),
      headers: {
        Authorization: `Bearer ${caller}`,
        "Content-Type": "application/json",
        "Idempotency-Key": "guessed",
      },
    })
    return [response.status, await response.text()]
  }
  const [bobs, adas] = [await write("bob"), await write("ada")]
  assert.deepEqual([bobs[0], adas[0]], [200, 200])
  assert.notEqual(bobs[1], adas[1])
  assert.deepEqual([await write("bob"), await write("ada")], [bobs, adas])
})
