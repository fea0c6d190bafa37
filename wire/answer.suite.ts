/** Claims about answers, for every wire: they go to inboxes, and nowhere else. */
import assert from "node:assert/strict"
import { bytes, claim, collector, type Make, settled, text } from "./wire-claim.suite.ts"

const INBOXES = ["_INBOX.x", "_INBOX_a-user.x.y", "_INBOX_USER_2.x", `_INBOX.${"x".repeat(249)}`]

/** Subjects at which others listen, and subjects that only begin like an inbox. */
const NO_INBOXES = [
  ...["evt.stock.item.1.x", "own.node.orders.checkout.m1.NotePaid", "view.a", "qry.a.b", "x"],
  ...["$JS.API.INFO", "$SRV.PING", "$KV.leftfold_nodes.x", "tmr.a.at.b.c", "snp.a.b.1.x"],
  ...["_INBOX", "_INBOX.", "_INBOX..x", "_INBOX.x.", "_INBOX.x..y", "_INBOX.*", "_INBOX.>"],
  ...["_INBOX.x.*.y", "_INBOX.x*", "_INBOX.x>", "_INBOX.ü", "_INBOX_ü.x", "_INBOX.\x7f"],
  ...["_INBOXES.x", "_INBOX_.x", "_INBOX_user", "_INBOX_user.", "_INBOX_*.x", "_INBOX_us$er.x"],
  ...["_inbox.x", "x._INBOX.y", "INBOX.x", "._INBOX.x", `_INBOX.${"x".repeat(250)}`],
  ...[`_INBOX_${"u".repeat(65)}.x`, `_INBOX${".x".repeat(2_000)}`],
]

/** The claims about answers. */
export const answers = (make: Make) => {
  claim("an answer to a published message arrives in its inbox", make, async (wire) => {
    const inbox = wire.inbox()
    const received = collector<string>()
    wire.serve(inbox, ({ payload }) => received.add(text(payload)))
    wire.serve("question", (message) => {
      message.respond(bytes("by respond"))
      wire.publish(message.reply, bytes("by publish"))
    })
    wire.publish("question", bytes(""), inbox)
    assert.deepEqual((await received.until(2)).sort(), ["by publish", "by respond"])
    assert.notEqual(wire.inbox(), inbox)
  })

  claim("an answer goes only to inboxes, and refused answers are counted", make, async (wire) => {
    const received = collector<string>()
    wire.serve(">", ({ subject, payload }) => {
      if (text(payload) === "answer") received.add(subject)
    })
    wire.serve("question", (message) => message.respond(bytes("answer")))
    for (const reply of [...NO_INBOXES, ...INBOXES]) wire.publish("question", bytes(""), reply)
    assert.deepEqual(await received.until(INBOXES.length), INBOXES)
    await settled(wire)
    assert.equal(received.all.length, INBOXES.length)
    assert.equal(wire.refusedReplies(), NO_INBOXES.length)
  })

  claim("an answer to a message that awaits none does nothing", make, async (wire) => {
    const received = collector<string>()
    wire.serve("statement", (message) => {
      message.respond(bytes("thanks"))
      received.add(message.reply)
    })
    wire.publish("statement", bytes(""))
    assert.deepEqual(await received.until(1), [""])
  })
}
