/** The claims about every wire, which the memory twin and the NATS driver both keep. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { answers } from "./answer.suite.ts"
import type { Incoming, Reply, Wire } from "./wire.ts"
import { NO_HEADERS, requestOf } from "./wire.ts"
import {
  answered,
  ask,
  bytes,
  claim,
  collector,
  type Make,
  settled,
  text,
} from "./wire-claim.suite.ts"

/** Tests the claims on wires that `make` makes. Each is closed after its test. */
export const wireSuite = (name: string, make: () => Promise<Wire>): void => {
  describe(name, () => {
    requests(make)
    outcomes(make)
    subjects(make)
    answers(make)
    limits(make)
    endings(make)
  })
}

const requests = (make: Make) => {
  claim("payload and headers travel both ways", make, async (wire) => {
    const received = collector<Incoming>()
    wire.serve("both.ways", (message) => {
      received.add(message)
      message.respond(bytes("pong"), { Colour: "blue", Name: "Zoë" })
    })
    const reply = await requestOf(wire, "both.ways", bytes("ping"), { "One-Two": "a: b" }, 5_000)
    const [message] = received.all
    assert.equal(message?.subject, "both.ways")
    assert.equal(text(message?.payload ?? bytes("")), "ping")
    assert.deepEqual({ ...message?.headers }, { "One-Two": "a: b" })
    assert.equal(answered(reply), "pong")
    assert.deepEqual({ ...(reply.type === "reply" && reply.headers) }, {
      Colour: "blue",
      Name: "Zoë",
    })
  })

  claim("a line break in a header's value is a space", make, async (wire) => {
    wire.serve("lines", (message) => message.respond(bytes(JSON.stringify(message.headers))))
    const reply = await requestOf(wire, "lines", bytes(""), { One: "a\r\nTwo: b" }, 5_000)
    assert.equal(answered(reply), '{"One":"a Two: b"}')
  })
}

const outcomes = (make: Make) => {
  claim("a request that nobody serves has no responders", make, async (wire) => {
    assert.equal((await ask(wire, "nobody.here")).type, "no-responders")
  })

  claim("an invalid subject has no responders", make, async (wire) => {
    assert.equal((await ask(wire, "not a subject")).type, "no-responders")
  })

  claim("a request that is not answered times out", make, async (wire) => {
    wire.serve("silence", () => {})
    assert.equal((await ask(wire, "silence", "", 20)).type, "timeout")
  })

  claim("thousands of simultaneous requests each get their own answer", make, async (wire) => {
    const count = 5_000
    wire.serve("echo", (message) => message.respond(message.payload))
    const replies = collector<boolean>()
    for (let index = 0; index < count; index++) {
      const payload = bytes(String(index))
      wire.request("echo", payload, NO_HEADERS, 10_000, (reply) => {
        replies.add(answered(reply) === String(index))
      })
    }
    assert.equal((await replies.until(count)).filter((own) => own).length, count)
  })

  claim(
    "a request reports its outcome once, and never within the call",
    make,
    async (wire) => {
      wire.serve("twice", (message) => {
        message.respond(bytes("first"))
        message.respond(bytes("second"))
      })
      wire.serve("never", () => {})
      const told = collector<string>()
      let within = true
      const tell = (reply: Reply) => told.add(within ? "at once" : answered(reply))
      wire.request("twice", bytes(""), NO_HEADERS, 5_000, tell)
      wire.request("nobody", bytes(""), NO_HEADERS, 5_000, tell)
      wire.request("never", bytes(""), NO_HEADERS, 10, tell)
      wire.request("twice", new Uint8Array(wire.maxPayload() + 1), NO_HEADERS, 5_000, tell)
      within = false
      await told.until(4)
      await wire.close()
      wire.request("twice", bytes(""), NO_HEADERS, 5_000, tell)
      await told.until(5)
      assert.deepEqual([...told.all].sort(), [
        "disconnected",
        "first",
        "no-responders",
        "timeout",
        "too-large",
      ])
    },
  )

  claim("a handler that throws leaves the wire as it was", make, async (wire) => {
    wire.serve("throws", () => {
      throw new Error("thrown on purpose by a test")
    })
    wire.serve("works", (message) => message.respond(bytes("still")))
    assert.equal((await ask(wire, "throws", "", 20)).type, "timeout")
    wire.request("works", bytes(""), NO_HEADERS, 5_000, () => {
      throw new Error("thrown on purpose by a test, when answered")
    })
    assert.equal(answered(await ask(wire, "works")), "still")
  })
}

const subjects = (make: Make) => {
  claim(
    "each message goes to one member of a queue, and each gets some",
    make,
    async (wire) => {
      const members: number[] = []
      for (const member of [0, 1, 2]) {
        wire.serve("shared", (message) => {
          members.push(member)
          message.respond(bytes("done"))
        }, "workers")
      }
      const all = Array.from({ length: 300 }, () => ask(wire, "shared"))
      for (const reply of await Promise.all(all)) assert.equal(answered(reply), "done")
      await settled(wire)
      assert.equal(members.length, 300)
      assert.equal(new Set(members).size, 3)
    },
  )

  claim("every subscription without a queue gets every message", make, async (wire) => {
    const received = collector<string>()
    for (const who of ["one", "other"]) wire.serve("news", () => received.add(who))
    wire.publish("news", bytes(""))
    wire.publish("news", bytes(""))
    assert.deepEqual((await received.until(4)).sort(), ["one", "one", "other", "other"])
  })

  claim("* stands for one token and > for all that follow", make, async (wire) => {
    const received = collector<string>()
    for (const pattern of ["a.*.c", "a.>", "a.b"]) {
      wire.serve(pattern, ({ subject }) => received.add(`${pattern} ${subject}`))
    }
    for (const subject of ["a", "a.b", "a.b.c", "a.b.c.d", "axb", "b.b.c"]) {
      wire.publish(subject, bytes(""))
    }
    await settled(wire)
    assert.deepEqual([...received.all].sort(), [
      "a.*.c a.b.c",
      "a.> a.b",
      "a.> a.b.c",
      "a.> a.b.c.d",
      "a.b a.b",
    ])
  })
}

const limits = (make: Make) => {
  claim("a message of the largest size travels whole", make, async (wire) => {
    wire.serve("large", (message) => message.respond(message.payload))
    const reply = await requestOf(
      wire,
      "large",
      new Uint8Array(wire.maxPayload()),
      NO_HEADERS,
      5_000,
    )
    assert.equal(reply.type === "reply" && reply.payload.length, wire.maxPayload())
  })

  claim("headers count towards the size of a request", make, async (wire) => {
    wire.serve("large", (message) => message.respond(bytes("received")))
    const payload = new Uint8Array(wire.maxPayload())
    const reply = await requestOf(wire, "large", payload, { One: "1" }, 5_000)
    assert.equal(reply.type, "too-large")
  })

  claim("an answer or message that is too large is not sent", make, async (wire) => {
    wire.serve("ask.much", (message) => {
      message.respond(new Uint8Array(wire.maxPayload() + 1))
      wire.publish(message.reply, new Uint8Array(wire.maxPayload() + 1))
      message.respond(bytes("less"))
    })
    assert.equal(answered(await ask(wire, "ask.much")), "less")
  })
}

const endings = (make: Make) => {
  claim("a closed subscription receives nothing more", make, async (wire) => {
    const received = collector<string>()
    const serving = wire.serve("open", () => received.add("open"))
    wire.publish("open", bytes(""))
    await settled(wire)
    serving.close()
    wire.publish("open", bytes(""))
    await settled(wire)
    assert.equal(received.all.length, 1)
    assert.equal((await ask(wire, "open")).type, "no-responders")
  })

  claim(
    "messages before a drain are handed over, and later ones are not",
    make,
    async (wire) => {
      const received: string[] = []
      const serving = wire.serve("leaving", ({ payload }) => received.push(text(payload)), "queue")
      for (let each = 0; each < 1_000; each++) wire.publish("leaving", bytes(String(each)))
      await serving.drain()
      assert.equal(received.length, 1_000)
      wire.publish("leaving", bytes("late"))
      await settled(wire)
      assert.equal(received.length, 1_000)
      assert.equal((await ask(wire, "leaving")).type, "no-responders")
      await serving.drain()
    },
  )

  claim("closing settles requests in flight, and all later ones", make, async (wire) => {
    const changes: boolean[] = []
    wire.onStatus((connected) => changes.push(connected))
    wire.serve("silence", () => {})
    const pending = ask(wire, "silence", "", 60_000)
    assert.equal(wire.connected(), true)
    await wire.close()
    assert.equal((await pending).type, "disconnected")
    assert.equal((await ask(wire, "silence")).type, "disconnected")
    assert.equal(wire.connected(), false)
    assert.deepEqual(changes, [false])
    wire.publish("silence", bytes(""))
    await wire.close()
  })
}
