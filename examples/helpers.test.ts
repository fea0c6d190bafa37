/** Helpers of your own: how an application names the types of its handlers, clients and tests. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import {
  Actor,
  ask,
  type DecideMeta,
  type Decision,
  Policy,
  type Reaction,
  type Reactions,
} from "leftfold/actors"
import {
  type Asked,
  given,
  type GivenActor,
  type GivenPolicy,
  type GivenView,
  type Happened,
  happened,
  test,
  type Then,
} from "leftfold/testing"
import { App, type AppDefinition, type AppOptions, type InMemoryApp } from "leftfold/app"
import {
  type AnyContract,
  type CommandOf,
  Contract,
  type EventOf,
  type Failure,
  Forbidden,
  isFailure,
  type Message,
  NotFound,
  type ParamsOf,
  Query,
  type RejectionOf,
  type ResultOf,
  VersionMismatch,
} from "leftfold/contracts"
import {
  Projection,
  QueryHandler,
  type RawEvent,
  type RawTools,
  type RowOf,
  type SqlTools,
} from "leftfold/projections"
import type { Answer, Client, EnvelopeOptions, EventMeta, QueryOptions } from "leftfold/wire"

const Parcels = Contract.define("post.parcel", {
  commands: { Send: { to: Schema.String }, Lose: {} },
  events: { Sent: { to: Schema.String, by: Schema.String }, Lost: {} },
  rejections: { NotSent: {} },
})
const { Send, Lose } = Parcels.commands
const { Sent, Lost } = Parcels.events

/** A decision in a function of its own: `DecideMeta` holds the time, ids, chance and principal. */
const lose = (isSent: boolean, { principal }: DecideMeta): Decision<typeof Parcels> =>
  isSent && principal !== "thief" ? Lost() : Parcels.rejections.NotSent()

const parcel = Actor.define(Parcels, {
  initial: { sent: false },
  decide: {
    Send: (_, { to }, { principal = "nobody" }) => Sent({ to, by: principal }),
    Lose: ({ sent }, _, meta) => lose(sent, meta),
  },
  evolve: { Sent: () => ({ sent: true }), Lost: () => ({ sent: false }) },
})

/** A reaction in a function of its own: `EventMeta` has the actor's id, position and principal. */
const sendAgain = ({ id }: EventMeta): Reaction => ask(Parcels, id, Send({ to: "ada" }))

const resending = Policy.define("post.resending", {
  from: [Parcels],
  on: { Lost: (_, meta): Reactions => meta.version > 9 ? [] : sendAgain(meta) },
})

const ParcelList = Projection.define("post.parcels", {
  from: [Parcels],
  row: { id: Schema.String, to: Schema.String },
  key: "id",
  on: { Sent: (_, { to }, { id }) => ({ id, to }), Lost: () => undefined },
})
const Sizes = Query.define("post.sizes", {
  params: { to: Schema.String },
  result: Schema.Array(Schema.Struct({ size: Schema.Int })),
})

/** A piece of SQL in a function of its own. */
const sizes = ({ sql, view }: SqlTools, to: string) =>
  sql`select count(*)::int as size from ${view(ParcelList)} where "to" = ${to}`

const Counting = QueryHandler.define(Sizes, {
  from: [ParcelList],
  sql: ({ to }, tools) => sizes(tools, to),
})

/** What a raw projection does with one event, in a function of its own. */
const note = async ({ meta }: RawEvent<typeof Parcels>, tools: RawTools<"notes">) => {
  const { sql, table } = tools
  await sql`insert into ${table("notes")} values (${meta.position}, ${meta.time})`
}
const Notes = Projection.raw("post.notes", {
  from: [Parcels],
  tables: ["notes"],
  make: (table) => `create table ${table("notes")} (position text, at timestamptz)`,
  onBatch: async (events, tools) => {
    for (const event of events) await note(event, tools)
  },
})

const parts: AppOptions = {
  actors: [parcel],
  projections: [ParcelList, Notes],
  queries: [Counting],
  policies: [resending],
}
const definition: AppDefinition = App.define("post", parts)

/** What came of a command, in a word. */
const wordOf = (answer: Answer<RejectionOf<typeof Parcels>>): string =>
  answer.kind === "accepted" ? "stored" : answer.type

/** Sends for somebody, and says what came of it. */
const send = async (client: Client, id: string, command: CommandOf<typeof Parcels>) => {
  const options: EnvelopeOptions = { commandId: `${command.type}-${id}`, timeoutMs: 2_000 }
  return wordOf(await client.ask(Parcels, id, command, options))
}

/** Asks how many parcels somebody gets. `after` is a position that the answer includes. */
const sizeOf = async (client: Client, params: ParamsOf<typeof Sizes>, after: string) => {
  const options: QueryOptions = { after, timeoutMs: 2_000 }
  const { result } = await client.query(Sizes, params, options)
  const [first]: ResultOf<typeof Sizes> = result
  return first?.size ?? 0
}

/** What to tell a person. A failure has a `_tag`; anything else that is thrown is a bug of ours. */
const adviceOn = (error: unknown): string => {
  if (!isFailure(error)) throw error
  const failure: Failure = error
  if (failure instanceof VersionMismatch) return `it is at ${failure.actual}: read it again`
  if (failure instanceof Forbidden) return "sign in as somebody who may"
  return failure instanceof NotFound ? "check its name" : failure.message
}

/** The names of a contract's messages, of any contract. */
const namesOf = ({ name }: AnyContract, ...messages: Message[]): string[] =>
  messages.map(({ type }) => `${name} ${type}`)

const happy: EventOf<typeof Parcels>[] = [Sent({ to: "ada", by: "bob" })]
const losing = (): GivenActor<typeof Parcels> => given(parcel, ...happy)
const told: Happened = happened("p-1", Sent({ to: "ada", by: "bob" }))

test("what is lost is sent again", () => {
  const lost: Then<typeof Parcels> = losing().when(Lose(), { principal: "bob" })
  lost.then(Lost())
  losing().when(Lose(), { principal: "thief" }).thenRejected(Parcels.rejections.NotSent())
  const policy: GivenPolicy = given(resending)
  const asked: Asked = policy.when(Lost(), { id: "p-1" })
  asked.thenAsks(ask(Parcels, "p-1", Send({ to: "ada" })))
  const view: GivenView<RowOf<typeof ParcelList>> = given(ParcelList, told)
  view.thenRow("p-1", { id: "p-1", to: "ada" })
})

test("helpers take a client, and say what went wrong", async () => {
  const own = { actors: [parcel], policies: [resending] }
  const app: InMemoryApp = await App.inMemory(App.define("post", own))
  try {
    assert.equal(await send(app.client, "p-1", Lose()), "NotSent")
    assert.equal(await send(app.client, "p-1", Send({ to: "ada" })), "stored")
    const late = app.client.ask(Parcels, "p-1", Lose(), { expectedVersion: 7 })
    await assert.rejects(late, (error) => adviceOn(error) === "it is at 1: read it again")
    await assert.rejects(sizeOf(app.client, { to: "ada" }, "post:1"), isFailure)
  } finally {
    await app.stop()
  }
})

test("names are those of the contract", () => {
  assert.deepEqual(namesOf(Parcels, Lose(), Lost()), ["post.parcel Lose", "post.parcel Lost"])
  assert.equal(definition.name, "post")
})
