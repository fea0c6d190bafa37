/** Tests of users of NATS: a service is known by its user, which the nats-server proves. */
import assert from "node:assert/strict"
import { connect, headers } from "nats"
import { isFailure } from "../contracts/internal.ts"
import { ownNats } from "../testing/own-servers.ts"
import { ownUsers } from "../testing/own-users.ts"
import { createNamespace } from "../testing/namespace.ts"
import type { TestScope } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { inboxPrefix } from "../wire/internal.ts"
import { connectClient } from "../wire/client/mod.ts"
import { parts, rules, users } from "./fixtures/desk.ts"
import { App } from "./mod.ts"

const natsUsers = { billing: { role: "staff" }, ledger: {} }
const desk = App.define("desk", { ...parts, users, rules, natsUsers })
const callers = ["billing", "ledger", "guest"]

const tagOf = (work: Promise<unknown>): Promise<string> =>
  work.then((answer) => (answer as { kind?: string }).kind ?? "answered", (error: unknown) => {
    assert.ok(isFailure(error), String(error))
    return error._tag
  })

const started = async (t: TestScope) => {
  const servers = await ownUsers(t, desk, undefined, { callers })
  const app = await App.start(desk, { ...servers.addresses, port: 0 })
  t.after(() => app.stop())
  return { servers, app }
}

test("a service is the user as whom the nats-server lets it publish", async (t) => {
  const { servers, app } = await started(t)
  const joined = async (user: string, as?: string) => {
    const client = await connectClient({ url: servers.urlOf(user), as })
    t.after(() => client.close())
    return client
  }
  const [billing, ledger, quiet, forger, guest] = await Promise.all([
    joined("billing", "billing"),
    joined("ledger", "ledger"),
    joined("billing"),
    joined("ledger", "billing"),
    joined("guest", "guest"),
  ])
  const write = (client: typeof billing, owner: string, options = {}) =>
    client.ask("desk.note", "n-1", "Write", { owner, text: "x" }, { timeoutMs: 2_000, ...options })
  assert.equal(await tagOf(write(billing, "nats:billing")), "accepted")
  assert.equal(await tagOf(write(ledger, "nats:billing")), "Forbidden")
  assert.equal(await tagOf(write(quiet, "nats:billing")), "Unauthenticated")
  // The claims of `billing` are those of staff; `ledger` has none.
  assert.equal(await tagOf(billing.query("desk.note", { id: "n-1" })), "answered")
  assert.equal(await tagOf(ledger.query("desk.note", { id: "n-1" })), "Forbidden")
  assert.equal(await tagOf(billing.query("desk.draft-count", {})), "NotFound")
  const { result } = await billing.query("desk.who", {})
  assert.equal(result, "nats:billing")
  assert.equal((await ledger.query("desk.who", {})).result, "nats:ledger")
  assert.equal((await quiet.query("desk.who", {})).result, "nobody")
  const history = await app.client.queryPlain("desk.note.history", { id: "n-1" })
  const { events } = history.result as { events: readonly { readonly principal?: string }[] }
  assert.deepEqual(events.map(({ principal }) => principal), ["nats:billing"])
  // Somebody else cannot publish there, nor a caller who is no user of the application.
  for (const client of [forger, guest]) {
    assert.match(await tagOf(write(client, "nats:billing")), /^(Timeout|Unavailable)$/)
  }
  const said = await servers.refusals()
  for (const [user, subject] of [["ledger", "as.billing."], ["guest", "as.guest."]]) {
    assert.ok(said.some((line) => line.includes(user!) && line.includes(subject!)), subject)
  }
})

test("with a bare socket, no header says who it is, and nothing internal is reached", async (t) => {
  const { servers } = await started(t)
  const { host, password } = new URL(servers.urlOf("ledger"))
  const bare = await connect({
    servers: host,
    user: "ledger",
    pass: password,
    inboxPrefix: inboxPrefix("ledger"),
  })
  t.after(() => bare.close())
  const forged = headers()
  forged.set("Leftfold-Principal", "nats:billing")
  forged.set("Leftfold-Claims", '{"role":"staff"}')
  forged.set("Leftfold-Principal-Seal", "A".repeat(43))
  forged.set("Nats-Request-Info", '{"acc":"APP","user":"billing"}')
  const who = await bare.request("as.ledger.qry.desk.who", "{}", {
    headers: forged,
    timeout: 5_000,
  })
  assert.equal(who.string(), '"nats:ledger"')
  const note = "as.ledger.cmd.desk.note.n-1"
  const internal = [`${note}.Archive`, `${note}.Write.policy`, "as.ledger.qry.leftfold.nodes"]
  for (
    const subject of [...internal, "as.billing.qry.desk.who", "as.ledger.own.x.desk.note.n.Read"]
  ) {
    await assert.rejects(
      bare.request(subject, "{}", { timeout: 500 }),
      /Violation|timeout/i,
      subject,
    )
  }
})

test("a nats-server that proves nothing is refused in production", async (t) => {
  const nats = await ownNats(t)
  const { databaseUrl } = await createNamespace()
  const options = { natsUrl: nats.url, databaseUrl, queriesUrl: databaseUrl, port: 0 }
  const app = await App.start(desk, options)
  t.after(() => app.stop())
  const client = await connectClient({ url: nats.url, as: "billing" })
  t.after(() => client.close())
  // In development it is tried without users.
  await until(async () => await tagOf(client.query("desk.who", {})) === "answered")
  assert.equal((await client.query("desk.who", {})).result, "nats:billing")
  // The gateway itself passes on nothing internal, whatever the server permits.
  const bare = await connect({ servers: nats.url })
  t.after(() => bare.close())
  const note = "as.billing.cmd.desk.note.n-1"
  for (const subject of [`${note}.Write.policy`, "as.billing.qry.leftfold.nodes", "as.billing.x"]) {
    const body = JSON.stringify({ owner: "x", text: "x" })
    const answer = await bare.request(subject, body, { timeout: 5_000 })
    assert.equal(answer.headers?.get("Nats-Service-Error-Code"), "404", subject)
  }
  const gateway = App.start(desk, {
    ...options,
    profile: "production",
    acceptPowerLoss: true,
    roles: ["gateway"],
    principalKeys: ["k".repeat(32)],
  })
  await assert.rejects(gateway, /does not prove who billing is: give each user of NATS its own/)
})
