/** The JSON that commands about actors, views and causes print, as schemas. */
import { Schema } from "effect"

const { Array: List, Boolean, Int, Literal, Literals, Struct, String: Text, Union, Unknown } =
  Schema
const maybe = Schema.optionalKey
const Columns = Schema.Record(Text, Unknown)

const Reference = Struct({
  position: Text,
  index: Int,
  type: Text,
  actor: Text,
  id: Text,
  version: Int,
  time: Text,
})

const Event = Struct({ ...Reference.fields, data: Unknown })

const Sender = Union([
  Struct({
    kind: Literal("policy"),
    policy: Text,
    position: Text,
    index: Int,
    occurrence: maybe(Text),
    after: maybe(Literals(["rejected", "parked"])),
    again: maybe(Literal(true)),
  }),
  Struct({ kind: Literal("client"), principal: maybe(Text), causation: maybe(Text) }),
])

const Command = Struct({
  id: Text,
  name: maybe(Text),
  sender: Sender,
  correlation: Text,
  traceparent: maybe(Text),
})

const why = Struct({
  view: Text,
  key: Text,
  at: Text,
  row: Schema.NullOr(Columns),
  events: Int,
  last: maybe(Reference),
  since: Schema.Record(Text, Reference),
  changes: List(Struct({ event: Reference, changed: maybe(Columns) })),
  stored: maybe(Struct({ same: Boolean, position: Text, sameVersion: Boolean })),
  stopped: maybe(Struct({ error: Text, event: maybe(Reference) })),
  column: maybe(Struct({
    name: Text,
    value: Unknown,
    causes: maybe(List(Reference)),
    minimal: maybe(Boolean),
  })),
  chain: List(Struct({ event: Event, command: Command })),
  broken: maybe(Text),
})

const Outcome = Union([
  Struct({
    kind: Literal("accepted"),
    events: List(Struct({ type: Text, data: Unknown })),
    after: Unknown,
  }),
  Struct({ kind: Literal("rejection"), type: Text, data: Unknown }),
  Struct({ kind: Literal("bug"), message: Text }),
])

const would = Struct({ version: Int, position: maybe(Text), before: Unknown, outcome: Outcome })

const Timer = Struct({
  policy: Text,
  key: Text,
  when: Text,
  asks: Struct({ actor: Text, id: Text, command: Text }),
})

interface Step {
  readonly then: readonly Step[]
}

const step: Schema.Codec<Step, unknown> = Schema.suspend(() =>
  Struct({
    command: Command,
    actor: Text,
    id: Text,
    time: Text,
    afterMs: maybe(Int),
    events: List(Event),
    then: List(step),
    waiting: List(Timer),
  })
) as never

const flow = Struct({
  correlation: Text,
  tookMs: Int,
  commands: Int,
  leftOut: Int,
  steps: List(step),
})

const ask = Union([
  Struct({ kind: Literal("accepted"), position: Text, version: Int, events: Int }),
  Struct({ kind: Literal("rejection"), type: Text, data: Columns }),
])

const state = Struct({
  id: Text,
  version: Int,
  state: Unknown,
  position: maybe(Text),
  time: maybe(Text),
})

const query = Struct({ result: Unknown, position: Text, next: maybe(Text) })

const tail = Struct({
  position: Text,
  time: Text,
  actor: Text,
  id: Text,
  version: Int,
  type: Text,
  data: Unknown,
  commandId: Text,
})

const Stored = {
  type: Text,
  version: Int,
  position: Text,
  time: Text,
  commandId: Text,
  correlation: Text,
  causation: maybe(Text),
  principal: maybe(Text),
  traceparent: maybe(Text),
  tracestate: maybe(Text),
  baggage: maybe(Text),
}

const history = Struct({
  id: Text,
  version: Int,
  events: List(Union([
    Struct({ ...Stored, data: Unknown, unreadable: maybe(Text) }),
    Struct({ ...Stored, omittedBytes: Int }),
    Struct({ ...Stored, skipped: Struct({ by: Text, reason: Text, time: Text }) }),
  ])),
  skipped: maybe(List(Columns)),
  next: maybe(Int),
})

/** The schema of the JSON that each of these commands prints; `tail` prints one for each event. */
export const OUTPUTS = { ask, flow, history, query, state, tail, why, would } as const
