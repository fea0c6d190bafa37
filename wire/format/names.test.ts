/** Tests of the names of an application on NATS: every subject that the code spells has one. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import * as address from "../address.ts"
import { Names, PLAIN_NAMES } from "./names.ts"

const { jetStream } = address
const staging = new Names({ prefix: "staging" })
const away = new Names({ prefix: "staging", domain: "hub" })

test("every subject of an application begins with the prefix, or names its streams with it", () => {
  const cases: readonly (readonly [string, string])[] = [
    [address.commandSubject("a.b", "1", "Do"), "staging.cmd.a.b.1.Do"],
    [address.ownedSubject("n1", "a.b", "1", "Do", true), "staging.own.n1.a.b.1.Do.policy"],
    [address.logsSubject("a"), "staging.evt.a.>"],
    [address.skipsSubject("a", "*"), "staging.evt.a._skips.*"],
    [address.snapshotsSubject("a"), "staging.snp.a.>"],
    [address.timersSubject("a"), "staging.tmr.a.>"],
    [address.querySubject("a.q"), "staging.qry.a.q"],
    [address.progressSubject("a.q"), "staging.view.a.q"],
    [address.NODES_SUBJECT, "staging.qry.leftfold.nodes"],
    [address.bucketSubject(address.NODES_BUCKET, "n"), "$KV.staging_leftfold_nodes.n"],
    ["$SRV.PING", "$SRV.PING"],
    ["$SRV.PING.*.*", "$SRV.PING.*.*"],
    [address.ALL_SERVICES, "$SRV.>"],
    ["$SRV.INFO.a", "$SRV.INFO.staging_a"],
    ["$SRV.INFO.a.n1", "$SRV.INFO.staging_a.n1"],
    ["_INBOX_actors.x", "_INBOX_actors.x"],
    [jetStream.everything, "$JS.API.>"],
    [jetStream.account, "$JS.API.INFO"],
    [jetStream.streamInfo("a"), "$JS.API.STREAM.INFO.staging_a"],
    [jetStream.streamInfo("KV_b"), "$JS.API.STREAM.INFO.KV_staging_b"],
    [jetStream.consumerInfo("a", "c"), "$JS.API.CONSUMER.INFO.staging_a.c"],
    [jetStream.createNamed("a", "c"), "$JS.API.CONSUMER.CREATE.staging_a.c"],
    [jetStream.createNamed("a", "*"), "$JS.API.CONSUMER.CREATE.staging_a.*"],
    [jetStream.createNamed("a", "c", ">"), "$JS.API.CONSUMER.CREATE.staging_a.c.>"],
    [
      jetStream.createNamed("a", "c", "evt.a.>"),
      "$JS.API.CONSUMER.CREATE.staging_a.c.staging.evt.a.>",
    ],
    [jetStream.acks("a", "c"), "$JS.ACK.staging_a.c.>"],
    [jetStream.snapshot("a"), "$JS.API.STREAM.SNAPSHOT.staging_a"],
    [jetStream.restore("a"), "$JS.API.STREAM.RESTORE.staging_a"],
    [jetStream.snapshotAcks, "$JS.SNAPSHOT.ACK.>"],
    [jetStream.snapshotRestore, "$JS.SNAPSHOT.RESTORE.>"],
    [jetStream.directGet("a"), "$JS.API.DIRECT.GET.staging_a"],
    [jetStream.directLast("a", "evt.a.b"), "$JS.API.DIRECT.GET.staging_a.staging.evt.a.b"],
    [jetStream.leaderGet("a"), "$JS.API.STREAM.MSG.GET.staging_a"],
    [jetStream.purge("a"), "$JS.API.STREAM.PURGE.staging_a"],
    [jetStream.next("a", "c"), "$JS.API.CONSUMER.MSG.NEXT.staging_a.c"],
    [jetStream.next("a", "*"), "$JS.API.CONSUMER.MSG.NEXT.staging_a.*"],
  ]
  const spelled = Object.keys(jetStream)
  const tried = cases.filter(([subject]) => subject.startsWith("$JS."))
  assert.ok(tried.length >= spelled.length, `${tried.length} of ${spelled.length}`)
  for (const [subject, wanted] of cases) {
    assert.equal(staging.subject(subject), wanted)
    assert.equal(staging.published(subject), wanted)
    assert.equal(PLAIN_NAMES.published(subject), subject)
    if (!subject.startsWith("$JS") && !subject.startsWith("$SRV")) {
      assert.equal(staging.logical(wanted), subject)
    }
  }
})

test("a domain is asked through its own subjects, which also write to buckets", () => {
  assert.equal(away.subject(jetStream.streamInfo("a")), "$JS.hub.API.STREAM.INFO.staging_a")
  assert.equal(away.subject(jetStream.everything), "$JS.hub.API.>")
  assert.equal(away.subject("$KV.b.n"), "$KV.staging_b.n")
  assert.equal(away.published("$KV.b.n"), "$JS.hub.API.$KV.staging_b.n")
  assert.equal(away.published("evt.a.b"), "staging.evt.a.b")
})

test("subjects of others are left as they are, and streams and users have own names", () => {
  for (const subject of ["evt.a.b", "production.evt.a", "$KV.other.n", "stagingevt.x"]) {
    assert.equal(staging.logical(subject), subject)
  }
  assert.equal(staging.stream("a_timers"), "staging_a_timers")
  assert.equal(staging.user("actors"), "staging-actors")
  assert.equal(PLAIN_NAMES.user("actors"), "actors")
})

test("a prefix or a domain that cannot be part of a name is refused", () => {
  for (const prefix of ["Staging", "a.b", "a b", "1a", "-", "a_b", "x".repeat(25), "*"]) {
    assert.throws(() => new Names({ prefix }), /^TypeError: ".*" is no prefix: use up to 24/)
  }
  for (const prefix of ["cmd", "own", "evt", "qry", "view", "tmr", "snp"]) {
    assert.throws(() => new Names({ prefix }), /because subjects without one begin so/)
  }
  for (const domain of ["a.b", ">", "a b"]) {
    assert.throws(() => new Names({ domain }), /no domain of JetStream/)
  }
})
