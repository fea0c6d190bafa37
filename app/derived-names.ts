/** The names on NATS and in Postgres that are derived from an application's parts. */
import type { AnyActor, Policy } from "../actors/internal.ts"
import {
  type AnyProjection,
  type AnyQueryHandler,
  isRaw,
  relationNames,
  viewSchema,
} from "../projections/internal.ts"
import {
  durableName,
  policySubscription,
  querySubject,
  snapshotStreamName,
  streamName,
  timerStreamName,
} from "../wire/internal.ts"

/** The parts of an application from whose names other names are derived. */
interface Parts {
  readonly actors: readonly AnyActor[]
  readonly projections: readonly AnyProjection[]
  readonly queries: readonly AnyQueryHandler[]
  readonly policies: readonly Policy[]
}

/** A name derived from a part of an application. No other part may have the same one. */
export interface DerivedName {
  /** What has this name, and where: `the stream`, `the table or index in the schema orders`. */
  readonly kind: string
  readonly name: string
  /** The name of the part that this name is derived from. */
  readonly of: string
  /** The longest name that fits, in characters of one byte. */
  readonly longest: number
}

/** The length at which Postgres cuts a name. */
const POSTGRES_NAME = 63
/** The longest name of a stream or consumer that NATS accepts. */
const JETSTREAM_NAME = 255
/** The longest subject that fits into a protocol line together with an inbox. */
const SUBJECT = 1_024

const ofContext = (context: string): DerivedName[] =>
  [streamName, snapshotStreamName, timerStreamName].map((nameOf) => {
    const of = `the context ${context}`
    return { kind: "the stream", name: nameOf(context), of, longest: JETSTREAM_NAME }
  })

const ofProjection = (projection: AnyProjection): DerivedName[] => {
  const { name: of, context, local, indexes } = projection
  const schema = viewSchema(projection)
  const kind = `the table or index in the schema ${schema}`
  const held = { context, local, indexes, ...(isRaw(projection) ? projection : {}) }
  return relationNames(held).map((name) => ({ kind, name, of, longest: POSTGRES_NAME }))
}

/** Every derived name of an application: streams, consumers, subjects, schemas, tables, indexes. */
export const derivedNames = (parts: Parts): DerivedName[] => {
  const { actors, projections, queries, policies } = parts
  const schemas = new Set(projections.map(({ context }) => context))
  const contexts = new Set([...actors.map(({ contract }) => contract), ...policies, ...projections]
    .map(({ context }) => context))
  return [
    ...[...contexts].flatMap(ofContext),
    ...[...schemas].map((context) => ({
      kind: "the schema",
      name: viewSchema({ context }),
      of: `the context ${context}`,
      longest: POSTGRES_NAME,
    })),
    ...projections.flatMap(ofProjection),
    ...[
      ...actors.map(({ contract }) => contract),
      ...projections,
      ...queries.map((each) => each.query),
    ]
      .map(({ name }) => {
        return { kind: "the subject", name: querySubject(name), of: name, longest: SUBJECT }
      }),
    ...policies.map(({ name, identity }) => ({
      kind: "the consumer",
      name: durableName(policySubscription(identity)),
      of: name,
      longest: JETSTREAM_NAME,
    })),
  ]
}

/** Throws `TypeError` when two parts would share a name, or when a name is too long. */
export const checkDerivedNames = (names: readonly DerivedName[]): void => {
  const owners = new Map<string, string>()
  for (const { kind, name, of, longest } of names) {
    if (name.length > longest) {
      throw new TypeError(`${of} would have ${kind} "${name}", which is longer than ${longest}`)
    }
    const place = `${kind} ${name}`
    const owner = owners.get(place)
    if (owner !== undefined) {
      const who = owner === of ? `${of} would twice` : `${owner} and ${of} would both`
      throw new TypeError(`${who} have ${kind} "${name}": rename one of them`)
    }
    owners.set(place, of)
  }
}
