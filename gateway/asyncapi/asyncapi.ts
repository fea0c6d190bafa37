/** The AsyncAPI 3.0 description of what an application takes and sends over NATS. */
import type { AnyContract } from "../../contracts/internal.ts"
import {
  commandTemplate,
  historyName,
  logTemplate,
  Names,
  querySubject,
  streamName,
} from "../../wire/internal.ts"
import type { IsTold } from "../names.ts"
import type { GatewayParts } from "../openapi/openapi.ts"
import { SharedSchemas } from "../openapi/shared-schemas.ts"
import { draft7 } from "./draft7.ts"
import { commitSchema, PROBLEM, rejectionsSchema, SCHEMAS } from "./schemas.ts"

type Json = Record<string, unknown>

/** The channel of all answers: the inbox that a request names. */
const INBOX = "inbox"

/** One subject, with what is sent to it, and what is answered. */
interface Exchange {
  readonly key: string
  readonly address: string
  readonly summary: string
  readonly parameters?: Json
  readonly payload: Json
  /** The answers, by the names of their messages, with their schemas. */
  readonly answers: Readonly<Record<string, Json>>
}

const ID = { id: { description: "The actor's id: each byte outside A-Z a-z 0-9 _ - is %XX." } }

const text: Json = { type: "string" }
const count: Json = { type: "integer", minimum: 0 }

const fields = (properties: Json, required: readonly string[]): Json => ({
  type: "object",
  properties,
  required,
})

const inboxMessage = (name: string) => ({ $ref: `#/channels/${INBOX}/messages/${name}` })

/** Collects channels, operations and messages, each under a name that refers to the others. */
class Description {
  readonly channels: Record<string, Json> = {}
  readonly operations: Record<string, Json> = {}
  readonly messages: Record<string, Json> = {}
  readonly #answers: Record<string, Json> = {}

  /** A request that the application takes and answers. */
  takes({ key, address, summary, parameters, payload, answers }: Exchange): void {
    for (const [name, schema] of Object.entries(answers)) this.#answer(name, schema)
    this.#channel(key, address, summary, parameters)
    this.messages[key] = { name: key, payload, headers: { $ref: "#/components/schemas/Headers" } }
    this.operations[key] = {
      action: "receive",
      summary,
      channel: { $ref: `#/channels/${key}` },
      messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
      reply: {
        channel: { $ref: `#/channels/${INBOX}` },
        messages: [...Object.keys(answers), "Problem"].map(inboxMessage),
      },
    }
  }

  /** A message that the application writes to its log. */
  sends(
    { key, address, summary, parameters, payload, contentType }:
      & Omit<Exchange, "answers">
      & { readonly contentType: string },
  ): void {
    this.#channel(key, address, summary, parameters)
    this.messages[key] = { name: key, contentType, payload }
    this.operations[key] = {
      action: "send",
      summary,
      channel: { $ref: `#/channels/${key}` },
      messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
    }
  }

  /** Adds the channel of answers, once all of them are known. */
  close(): void {
    this.#answer("Problem", PROBLEM)
    const refs = Object.keys(this.#answers).map((name) => [
      name,
      { $ref: `#/components/messages/${name}` },
    ])
    this.channels[INBOX] = {
      address: null,
      description: "The reply subject of a request. It must be an inbox of its sender.",
      messages: Object.fromEntries(refs),
    }
    Object.assign(this.messages, this.#answers)
  }

  #answer(name: string, payload: Json): void {
    this.#answers[name] = { name, payload }
  }

  #channel(key: string, address: string, description: string, parameters?: Json): void {
    this.channels[key] = {
      address,
      description,
      ...(parameters ? { parameters } : {}),
      messages: { [key]: { $ref: `#/components/messages/${key}` } },
    }
  }
}

/** What else is known of an actor. */
interface About {
  readonly shared: SharedSchemas
  readonly names: Names
  readonly state: Json | undefined
  readonly isTold: IsTold
}

/** What is asked of one actor: its commands, its state and its history. */
const describeActor = (
  into: Description,
  contract: AnyContract,
  { shared, names, state, isTold }: About,
): void => {
  const { name, actor, codec, internal } = contract
  const rejections = shared.add(`${name}._Rejection`, rejectionsSchema(contract, shared))
  for (const [type, schema] of Object.entries(codec.jsonSchemas("command"))) {
    if (internal.has(type) || !isTold(name, type)) continue
    into.takes({
      key: `${name}.${type}`,
      address: names.subject(commandTemplate(name, type)),
      summary: `The command ${type} to one ${actor}`,
      parameters: ID,
      payload: shared.add(`${name}.${type}`, shared.lift(schema)),
      answers: {
        Accepted: { $ref: "#/components/schemas/Accepted" },
        [`${name}._Rejection`]: rejections,
      },
    })
  }
  if (isTold(name, "state")) describeState(into, contract, { shared, names, state })
  if (isTold(name, "history")) describeHistory(into, contract, names)
  describeLog(into, contract, { shared, names })
}

/** What is asked for the state of one actor. */
const describeState = (
  into: Description,
  { name, actor }: AnyContract,
  { shared, names, state }: Omit<About, "isTold">,
): void => {
  const found = fields({
    ...{ id: text, version: count, position: text, time: text },
    state: state === undefined ? {} : shared.lift(state),
  }, ["version", "state"])
  into.takes({
    key: `${name}._State`,
    address: names.subject(querySubject(name)),
    summary: `The state of one ${actor}`,
    payload: fields({ id: text, version: count, at: text }, ["id"]),
    answers: { [`${name}._Found`]: shared.add(`${name}._Found`, found) },
  })
}

/** What is asked for the history of one actor. */
const describeHistory = (into: Description, { name, actor }: AnyContract, names: Names): void =>
  into.takes({
    key: `${name}._History`,
    address: names.subject(querySubject(historyName(name))),
    summary: `The events of one ${actor}`,
    payload: fields({ id: text, after: count, limit: count }, ["id"]),
    answers: {
      [`${name}._Page`]: fields({
        ...{ id: text, version: count, next: count },
        events: { type: "array", items: { type: "object" } },
      }, ["id", "version", "events"]),
    },
  })

/** What one kind of actor writes to its log. */
const describeLog = (
  into: Description,
  contract: AnyContract,
  { shared, names }: Pick<About, "shared" | "names">,
): void => {
  const { name, actor, context, stored } = contract
  into.sends({
    key: `${name}._Commit`,
    address: names.subject(logTemplate(name)),
    summary: `The events of one ${actor}, a commit at a time, in the stream ` +
      `${names.stream(streamName(context))} of JetStream`,
    parameters: {
      ...ID,
      slice: { description: "FNV-1a of the id in 32 bits, modulo 256." },
    },
    contentType: stored === "protobuf" ? "application/protobuf" : "application/msgpack",
    payload: shared.add(`${name}._Commit`, commitSchema(contract, shared)),
  })
}

/** The description of everything that services may send to an application, and follow of it. */
export const asyncApi = (
  { contracts, projections, queries, states }: GatewayParts,
  title: string,
  { version = "1", names = new Names(), isTold = () => true }: {
    readonly version?: string
    /** How the application's subjects are called on NATS. */
    readonly names?: Names | undefined
    /** Whether some caller may use a part; by default all. */
    readonly isTold?: IsTold
  } = {},
): Json => {
  const shared = new SharedSchemas(SCHEMAS)
  const into = new Description()
  for (const contract of contracts) {
    describeActor(into, contract, { shared, names, isTold, state: states?.get(contract.name) })
  }
  for (const { name, codec } of projections) {
    into.takes({
      key: name,
      address: names.subject(querySubject(name)),
      summary: "A row by its key",
      payload: fields({ key: text }, ["key"]),
      answers: { [`${name}._Row`]: shared.add(`${name}._Row`, shared.lift(codec.jsonSchema())) },
    })
  }
  for (const { query: { name, params, result } } of queries) {
    const answer = shared.add(`${name}._Result`, shared.lift(result.jsonSchema()))
    into.takes({
      key: name,
      address: names.subject(querySubject(name)),
      summary: "A query",
      payload: shared.lift(params.jsonSchema()),
      answers: { [`${name}._Result`]: answer },
    })
  }
  into.close()
  const { channels, operations, messages } = into
  return draft7({
    asyncapi: "3.0.0",
    info: {
      title,
      version,
      description: `Commands, queries and events of ${title} over NATS, by request and reply.`,
    },
    defaultContentType: "application/json",
    channels,
    operations,
    components: { schemas: shared.usedBy({ channels, operations, messages }), messages },
  }) as Json
}
