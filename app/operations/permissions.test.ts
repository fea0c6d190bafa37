/** Tests of the permissions of each user of NATS: all that its role needs, and nothing else. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import { test } from "../../testing/test.ts"
import { setImmediate } from "node:timers/promises"
import { connect, headers, type NatsConnection } from "nats"
import { inboxPrefix, natsWire } from "../../wire/internal.ts"
import { natsFeed } from "../../projections/internal.ts"
import { type OwnUsers, ownUsers } from "../../testing/own-users.ts"
import { Letters, library, Loans } from "../fixtures/library.ts"
import { club } from "../fixtures/reading-club.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { App } from "../mod.ts"
import type { StartedApp } from "../start.ts"
import { permissionsOf } from "./permissions.ts"
import { CALLERS, followersIn, USERS } from "./users.ts"

/** The users of the roles, another service, and two followers. */
const ALL = [...USERS, "billing", "club", "audit"]
const CALLING = [...CALLERS, "billing"]
/** Two applications that follow this one. */
const FOLLOWERS = followersIn("club:library+club/club.points, audit:library+audit.trail")

const { Lend, Return } = Loans.commands

describe("users with the permissions of their roles", () => {
  const cleaning: (() => Promise<void>)[] = []
  const scope = { after: (work: () => Promise<void>) => void cleaning.push(work) }
  let servers: OwnUsers
  let app: StartedApp
  const connections = new Map<string, NatsConnection>()
  const refused = new Map<string, string[]>()

  before(async () => {
    servers = await ownUsers(scope, library, undefined, {
      callers: CALLING,
      followers: FOLLOWERS,
    })
    app = await App.start(library, { ...servers.addresses, port: 0 })
    scope.after(() => app.stop())
    for (const user of ALL) await join(user)
  })

  after(async () => {
    for (const work of cleaning.reverse()) await work()
  })

  /** Connects as a user, and collects the server's refusals. */
  const join = async (user: string): Promise<void> => {
    const { host, password } = new URL(servers.urlOf(user))
    const prefix = inboxPrefix(user)
    const connection = await connect({ servers: host, user, pass: password, inboxPrefix: prefix })
    const notes: string[] = []
    const note = async () => {
      for await (const status of connection.status()) {
        if (status.type === "error") notes.push(status.error.message)
      }
    }
    void note()
    connections.set(user, connection)
    refused.set(user, notes)
    scope.after(() => connection.close())
  }

  /** The server's refusals while a user does this work. */
  const refusedTo = async (user: string, work: (connection: NatsConnection) => void) => {
    const connection = connections.get(user)!
    const notes = refused.get(user)!
    notes.length = 0
    work(connection)
    await connection.flush()
    await setImmediate()
    return notes.splice(0)
  }

  /** Makes a stream refuse the message: no stream has this last sequence. */
  const expecting = headers()
  expecting.set("Nats-Expected-Last-Sequence", "999999999")

  const maySay = async (user: string, subject: string): Promise<boolean> => {
    const say = (connection: NatsConnection) =>
      connection.publish(subject, "", { headers: expecting })
    return (await refusedTo(user, say)).length === 0
  }

  const mayHear = async (user: string, subject: string): Promise<boolean> => {
    const notes = await refusedTo(user, (connection) => {
      connection.subscribe(subject, { callback: () => {} }).unsubscribe()
    })
    return notes.length === 0
  }

  const whoMay = async (may: typeof maySay, ...subjects: readonly string[]) => {
    const users = new Set<string>()
    for (const user of ALL) {
      for (const subject of subjects) if (await may(user, subject)) users.add(user)
    }
    return [...users]
  }

  /** Resolves once `count` letters have been written to this id. */
  const untilWritten = async (id: string, count: number): Promise<void> => {
    let body: { version?: number } = {}
    const isWritten = async () => {
      body = await (await app.fetch(`/letter-box/letter/${id}`)).json() as typeof body
      return body.version === count
    }
    await until(isWritten, { within: 15_000 })
      .catch(() => assert.fail(`${id}: ${JSON.stringify(body)}`))
  }

  test("the application runs, and the server refuses nothing that its roles do", async () => {
    const other = await App.start(library, { ...servers.addresses, roles: ["actors"] })
    scope.after(() => other.stop())
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) => app.client.ask(Loans, `l-${index}`, Lend({ to: "ada" })),
      ),
    )
    const caller = connections.get("caller")!
    for (let index = 0; index < 20; index++) {
      const answer = await caller.request(`cmd.library.loan.l-${index}.Return`, "{}")
      assert.match(answer.string(), /"events":1/)
    }
    await app.caughtUp(...answers.filter((answer) => answer.kind === "accepted"))
    const lent = await app.client.ask(Loans, "l-x", Lend({ to: "bob" }))
    assert.ok(lent.kind === "accepted")
    const listed = await app.fetch("/library/lent-to?to=bob", {
      headers: { "Leftfold-After": lent.position },
    })
    assert.deepEqual(await listed.json(), [{ id: "l-x" }])
    await Promise.all(answers.map((_, index) => untilWritten(`l-${index}`, 2)))
    await app.client.ask(Loans, "l-x", Return({}))
    const pings = await caller.requestMany("$SRV.PING", "", { maxWait: 500, maxMessages: 4 })
    const names: string[] = []
    for await (const ping of pings) names.push((ping.json() as { name: string }).name)
    assert.deepEqual(names.sort(), ["letter-box", "letter-box", "library", "library"])
    assert.deepEqual(await servers.refusals(), [])
  })

  test("actors and imports of admin write events, only actors the rest", async () => {
    assert.deepEqual(await whoMay(maySay, "evt.library.loan.1.x"), ["admin", "actors"])
    assert.deepEqual(await whoMay(maySay, "evt.letter-box.letter.1.x"), ["admin", "actors"])
    assert.deepEqual(await whoMay(maySay, "snp.library.loan.1.x"), ["actors"])
    assert.deepEqual(await whoMay(maySay, "$KV.leftfold_nodes.x"), ["actors"])
    assert.deepEqual(await whoMay(maySay, "evt.other.thing.1.x", "snp.other.thing.1.x"), [])
  })

  test("a projection cannot ask; admin, policies, the gateway and callers can", async () => {
    const asking = ["admin", "policies", "gateway", ...CALLING]
    assert.deepEqual(await whoMay(maySay, "cmd.library.loan.x.Return"), asking)
    assert.deepEqual(await whoMay(maySay, "cmd.other.thing.x.Do"), [])
    const [admin, ...others] = asking
    const relaying = [admin, "actors", ...others]
    assert.deepEqual(await whoMay(maySay, "own.node.library.loan.x.Return"), relaying)
  })

  test("only policies and nodes send internal commands", async () => {
    const asking = ["admin", "policies", "gateway", ...CALLING]
    assert.deepEqual(await whoMay(maySay, "cmd.letter-box.letter.x.Read"), asking)
    assert.deepEqual(await whoMay(maySay, "cmd.letter-box.letter.x.Write"), ["policies"])
    const relayed = "own.node.letter-box.letter.x"
    const [admin, ...others] = asking
    assert.deepEqual(await whoMay(maySay, `${relayed}.Read`), [admin, "actors", ...others])
    assert.deepEqual(await whoMay(maySay, `${relayed}.Write`), ["actors", "policies"])
  })

  test("only policies and nodes send a command as a policy, public or internal", async () => {
    for (const command of ["library.loan.x.Return", "letter-box.letter.x.Read"]) {
      assert.deepEqual(await whoMay(maySay, `cmd.${command}.policy`), ["policies"])
      assert.deepEqual(await whoMay(maySay, `own.node.${command}.policy`), ["actors", "policies"])
    }
  })

  test("only actors receive commands, and each role receives only its own queries", async () => {
    assert.deepEqual(await whoMay(mayHear, "cmd.library.loan.>"), ["actors"])
    assert.deepEqual(await whoMay(mayHear, "own.node.library.loan.>"), ["actors"])
    assert.deepEqual(await whoMay(mayHear, "qry.library.loan"), ["actors"])
    assert.deepEqual(await whoMay(mayHear, "qry.library.loan-list"), ["projections"])
    assert.deepEqual(await whoMay(mayHear, "qry.library.lent-to"), ["projections"])
    assert.deepEqual(await whoMay(mayHear, "qry.leftfold.policies.library"), ["policies"])
  })

  test("only policies and admin set and cancel timers; only policies park", async () => {
    assert.deepEqual(await whoMay(maySay, "tmr.letter-box.at.reminders.x"), ["admin", "policies"])
    const parked = "tmr.letter-box.parked.reminders.event.library.loan.1.x.7"
    assert.deepEqual(await whoMay(maySay, parked), ["policies"])
    assert.deepEqual(await whoMay(maySay, "tmr.letter-box.due.reminders.x"), [])
    const purge = "$JS.API.STREAM.PURGE.letter-box_timers"
    assert.deepEqual(await whoMay(maySay, purge), ["admin", "policies"])
    assert.deepEqual(await whoMay(maySay, "view.library.loan-list"), ["projections"])
  })

  test("only admin can make, change, purge or delete a stream", async () => {
    for (
      const verb of ["CREATE", "UPDATE", "DELETE", "PURGE", "MSG.DELETE", "SNAPSHOT", "RESTORE"]
    ) {
      for (const stream of ["library", "library_snapshots", "KV_leftfold_nodes", "new"]) {
        const subject = `$JS.API.STREAM.${verb}.${stream}`
        if (stream === "new" && verb === "CREATE") continue
        for (const user of ALL) {
          const [note] = user === "admin" ? [] : await refusedTo(user, (c) => c.publish(subject))
          assert.equal(note === undefined, user === "admin", `${user} ${subject}`)
        }
      }
    }
    const { client } = app
    const stream = { name: "new", subjects: ["new.>"] }
    const request = (user: string, verb: string) => {
      const payload = verb === "CREATE" ? JSON.stringify(stream) : ""
      return connections.get(user)!.request(`$JS.API.STREAM.${verb}.new`, payload)
    }
    await assert.rejects(request("gateway", "CREATE"), /Permissions Violation/i)
    assert.match((await request("admin", "CREATE")).string(), /"did_create":true/)
    await assert.rejects(request("actors", "DELETE"), /Permissions Violation/i)
    assert.match((await request("admin", "DELETE")).string(), /"success":true/)
    assert.equal((await client.ask(Loans, "still", Lend({ to: "eve" }))).kind, "accepted")
  })

  test("no user receives the answers to another, or the log through a subject", async () => {
    for (const user of ALL) {
      assert.deepEqual(await whoMay(mayHear, `${inboxPrefix(user)}.x.>`), [user])
    }
    assert.deepEqual(await whoMay(mayHear, "_INBOX.x.>", "_INBOX.>"), [])
    assert.deepEqual(await whoMay(mayHear, ">", "*.>", "*.*.>", "evt.>", "cmd.>"), [])
    assert.deepEqual(await whoMay(mayHear, "$JS.>", "$KV.>", "view.>", "qry.>", "tmr.>"), [])
  })

  test("only the roles that fold the log, and policies that follow it, read it", async () => {
    const readers = ["admin", "actors", "projections", "policies", "club", "audit"]
    assert.deepEqual(await whoMay(maySay, "$JS.API.STREAM.MSG.GET.library"), readers)
    const direct = "$JS.API.DIRECT.GET.library.evt.library.loan.1.x"
    assert.deepEqual(await whoMay(maySay, direct), ["admin", "actors"])
    const reader = "$JS.API.CONSUMER.CREATE.library.projections_1"
    assert.deepEqual(await whoMay(maySay, reader), ["admin", "projections", "club", "audit"])
    assert.deepEqual(await whoMay(maySay, "$JS.API.CONSUMER.CREATE.library"), ["admin"])
    const wire = await natsWire({
      url: servers.urlOf("projections"),
      name: "a retry of parked events",
      inboxPrefix: inboxPrefix("projections"),
    })
    scope.after(() => wire.close())
    assert.equal((await natsFeed(wire).at("library", 1)).sequence, 1)
  })

  test("each user can publish only to the inboxes of users that ask it", async () => {
    assert.deepEqual(await whoMay(maySay, "_INBOX_projections.x"), [])
    assert.deepEqual(await whoMay(maySay, "_INBOX_policies.x"), ["actors"])
    assert.deepEqual(await whoMay(maySay, "_INBOX_actors.x"), ["actors"])
    const answering = ["actors", "projections", "policies"]
    assert.deepEqual(await whoMay(maySay, "_INBOX_gateway.x"), answering)
    for (const caller of CALLING) {
      assert.deepEqual(await whoMay(maySay, `${inboxPrefix(caller)}.x`), ["actors", "projections"])
    }
    assert.deepEqual(await whoMay(maySay, "_INBOX.x", "_INBOX_root.x"), [])
  })

  test("only policies can move the position of a policy", async () => {
    const name = "library.policy_letter-box_reminders"
    assert.deepEqual(await whoMay(maySay, `$JS.API.CONSUMER.DELETE.${name}`), ["admin"])
    const create = `$JS.API.CONSUMER.CREATE.${name}.evt.library.>`
    assert.deepEqual(await whoMay(maySay, create), ["admin", "policies"])
    const create2 = `$JS.API.CONSUMER.CREATE.${name}`
    assert.deepEqual(await whoMay(maySay, create2), ["admin"])
    const next = `$JS.API.CONSUMER.MSG.NEXT.${name}`
    assert.deepEqual(await whoMay(maySay, next), ["admin", "policies"])
    for (const verb of ["DURABLE.CREATE", "DELETE", "PAUSE", "RESET", "UNPIN"]) {
      assert.deepEqual(await whoMay(maySay, `$JS.API.CONSUMER.${verb}.${name}`), ["admin"], verb)
    }
    assert.deepEqual(await whoMay(maySay, "$JS.ACK.library.x.1.1.1.1.0"), [])
    const ofClub = "library.club_policy_club_points"
    for (const verb of ["INFO", "MSG.NEXT"]) {
      const subject = `$JS.API.CONSUMER.${verb}.${ofClub}`
      assert.deepEqual(await whoMay(maySay, subject), ["admin", "club"], verb)
    }
    const createsOfClub = [ofClub, `${ofClub}.>`, `${ofClub}.evt.library.loan.>`]
      .map((name) => `$JS.API.CONSUMER.CREATE.${name}`)
    for (const create of createsOfClub) {
      for (const user of ["projections", "audit", "policies", "actors"]) {
        assert.equal(await maySay(user, create), false, `${user} ${create}`)
      }
    }
    const list = "$JS.API.CONSUMER.LIST.library"
    assert.deepEqual(await whoMay(maySay, list), ["admin", "policies"])
  })

  test("a projection cannot make the server publish where it must not publish itself", async () => {
    const { version: before } = await (await app.fetch("/library/loan/still")).json() as {
      version: number
    }
    const projections = connections.get("projections")!
    for (const subject of ["cmd.library.loan.still.Return", "evt.letter-box.letter.1.forged"]) {
      const config = { ack_policy: "none", deliver_policy: "all", deliver_subject: subject }
      const name = `projections_${subject.length}`
      const create = JSON.stringify({ stream_name: "library", config: { ...config, name } })
      const made = await projections.request(`$JS.API.CONSUMER.CREATE.library.${name}`, create)
      assert.match(made.string(), /"deliver_subject"/)
      await app.client.ask(Loans, `after-${subject.length}`, Lend({ to: "mallory" }))
      const admin = connections.get("admin")!
      const info = await admin.request(`$JS.API.CONSUMER.INFO.library.${name}`, "")
      assert.match(info.string(), /"delivered":\{"consumer_seq":0/)
    }
    const { version } = await (await app.fetch("/library/loan/still")).json() as { version: number }
    assert.equal(version, before)
    const letters = await app.fetch(`/${Letters.name.replace(".", "/")}/forged`)
    assert.equal(letters.status, 404)
  })

  test("a follower reads its logs by consumers of its own, and has no other subject", async () => {
    const { natsUrl, databaseUrl } = await createNamespace()
    const follower = await App.start(club, {
      ...{ natsUrl, databaseUrl, port: 0, followedPrefix: "-", prefix: "club" },
      natsUrls: { followed: servers.urlOf("club") },
    })
    scope.after(() => follower.stop())
    const { client } = app
    const lent = await client.ask(Loans, "followed", Lend({ to: "ada" }))
    assert.equal(lent.kind, "accepted")
    const row = async () => await (await follower.fetch("/club/books/followed")).json()
    await until(async () => (await row() as { points?: number }).points === 1)
    await until(async () => (await follower.health()).ready)
    const refusals = await servers.refusals()
    assert.deepEqual(refusals.filter((line) => line.includes("club follows")), [])

    for (const user of ["club", "audit"]) {
      const subjects = [
        ...["evt.library.loan.1.x", "snp.library.loan.1.x", "tmr.library.at.x.y", "view.library.x"],
        ...["cmd.library.loan.x.Return", "own.node.library.loan.x.Return", "qry.library.loan"],
        ...["qry.library.loan-list", "qry.leftfold.nodes", "$SRV.PING", "$KV.leftfold_nodes.x"],
        ...["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "_INBOX_gateway.x"],
        ...["letter-box", "library_snapshots", "library_timers"].flatMap((stream) => [
          `$JS.API.STREAM.MSG.GET.${stream}`,
          `$JS.API.STREAM.INFO.${stream}`,
          `$JS.API.CONSUMER.CREATE.${stream}.x`,
          `$JS.API.DIRECT.GET.${stream}`,
        ]),
        ...["DELETE", "PAUSE", "RESET", "UNPIN", "DURABLE.CREATE"].flatMap((verb) => [
          `$JS.API.CONSUMER.${verb}.library.x`,
          `$JS.API.CONSUMER.${verb}.library.club_policy_club_points`,
        ]),
        ...["CONSUMER.LIST.library", "CONSUMER.NAMES.library", "CONSUMER.CREATE.library"],
        ...["STREAM.UPDATE.library", "STREAM.PURGE.library", "STREAM.MSG.DELETE.library"],
        "$JS.ACK.library.policy_letter-box_reminders.1.1.1.1.0",
      ].map((subject) => /^(?:CONSUMER|STREAM)\./.test(subject) ? `$JS.API.${subject}` : subject)
      for (const subject of subjects) {
        assert.equal(await maySay(user, subject), false, `${user} says ${subject}`)
      }
      for (const subject of ["evt.>", "cmd.>", "qry.>", "view.>", "$JS.>", "$KV.>", "_INBOX.>"]) {
        assert.equal(await mayHear(user, subject), false, `${user} hears ${subject}`)
      }
    }
    const acks = "$JS.ACK.library.club_policy_club_points.1.1.1.1.0"
    assert.deepEqual(await whoMay(maySay, acks), ["club"])
  })

  test("a follower without a permission starts, waits, and names the permission", async () => {
    const { natsUrl, databaseUrl } = await createNamespace()
    for (
      const [user, missing] of [["audit", "CONSUMER.INFO"], ["billing", "STREAM.INFO"]] as const
    ) {
      const follower = await App.start(club, {
        ...{ natsUrl, databaseUrl, port: 0, followedPrefix: "-", prefix: `club-${user}` },
        natsUrls: { followed: servers.urlOf(user) },
      })
      scope.after(() => follower.stop())
      const waiting = async () => {
        const { policies } = await follower.health() as { policies?: { waiting?: string[] } }
        return policies?.waiting?.[0] ?? ""
      }
      await until(async () => await waiting() !== "")
      const said = await waiting()
      assert.match(said, /^club\.points library: the log of library, .* cannot be read here/)
      assert.ok(said.includes(`Permissions Violation for Publish to "$JS.API.${missing}.library`))
      assert.match(said, /correct NATS_FOLLOWED_URL, its user's permissions/)
      assert.equal((await follower.health()).ready, false)
    }
  })

  test("a follower cannot make the server publish into a log, or answer anywhere", async () => {
    const club = connections.get("club")!
    const before = await (await app.fetch("/library/loan/still")).json() as { version: number }
    for (const subject of ["cmd.library.loan.still.Return", "evt.library.loan.1.forged"]) {
      const config = { ack_policy: "none", deliver_policy: "all", deliver_subject: subject }
      const name = `club_${subject.length}`
      const create = JSON.stringify({ stream_name: "library", config: { ...config, name } })
      const made = await club.request(`$JS.API.CONSUMER.CREATE.library.${name}`, create)
      assert.match(made.string(), /"deliver_subject"|"error"/)
    }
    await app.client.ask(Loans, "after-club", Lend({ to: "mallory" }))
    const { version } = await (await app.fetch("/library/loan/still")).json() as { version: number }
    assert.equal(version, before.version)
    assert.equal((await app.fetch("/library/loan/forged")).status, 404)
  })

  test("only the gateway and projections learn which rows have changed", async () => {
    const hearing = ["admin", "projections", "gateway"]
    assert.deepEqual(await whoMay(mayHear, "view.library.loan-list"), hearing)
  })

  test("only users that send commands to nodes learn of nodes, without JetStream", async () => {
    const knowing = ["actors", "policies", "gateway"]
    assert.deepEqual(await whoMay(mayHear, "$KV.leftfold_nodes.*"), knowing)
    assert.deepEqual(await whoMay(maySay, "qry.leftfold.nodes"), ["admin", ...knowing])
    assert.deepEqual(await whoMay(mayHear, "qry.leftfold.nodes"), ["actors"])
    for (const verb of ["CREATE", "INFO", "DELETE", "MSG.NEXT"]) {
      const subject = `$JS.API.CONSUMER.${verb}.KV_leftfold_nodes.x`
      assert.deepEqual(await whoMay(maySay, subject), ["admin"], verb)
    }
  })

  test("callers and the gateway cannot publish to subjects that the server answers", () => {
    for (const user of [...CALLING, "gateway"]) {
      const { publish } = permissionsOf(library, user, { callers: CALLING })
      const byServer = publish.filter((subject) => /^(\$JS|\$KV|evt|snp|tmr|view)\./.test(subject))
      assert.deepEqual(byServer, [], user)
    }
  })

  test("callers find services, but see no statistics and no health of roles", async () => {
    const finding = ["admin", ...CALLING]
    assert.deepEqual(await whoMay(maySay, "$SRV.PING"), finding)
    assert.deepEqual(await whoMay(maySay, "$SRV.INFO.library.x"), finding)
    const sending = ["admin", "policies", "gateway", ...CALLING]
    assert.deepEqual(await whoMay(maySay, "$SRV.PING.library.x"), sending)
    assert.deepEqual(await whoMay(maySay, "$SRV.STATS", "$SRV.STATS.library.x"), ["admin"])
    assert.deepEqual(await whoMay(maySay, "qry.leftfold.actors.library"), ["admin", "gateway"])
  })

  test("a client without a password, or with a wrong one, is refused", async () => {
    const { host } = new URL(servers.nats.url)
    const attempts = [{}, { user: "admin", pass: "admin" }, { user: "root", pass: "root" }]
    for (const attempt of attempts) {
      await assert.rejects(connect({ servers: host, ...attempt }), /Authorization/i)
    }
    const natsUrls = { gateway: servers.nats.url }
    await assert.rejects(
      App.start(library, { ...servers.addresses, natsUrls, roles: ["gateway"], port: 0 }),
      /refuses the user of the role gateway/,
    )
  })
})
