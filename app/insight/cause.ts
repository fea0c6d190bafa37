/** The causes of an event: its command, who sent it, and the chain of events behind it. */
import { contentHash } from "../../actors/internal.ts"
import { type AnyContract, NotFound, parsePositions, positionOf } from "../../contracts/internal.ts"
import {
  isMap,
  type Metadata,
  METADATA_NAMES,
  readMessage,
  type RecordedEvent,
  recordedMeta,
  type StoredCommit,
  type StoredEvent,
} from "../../wire/internal.ts"
import { contractsRead } from "../follows/follows.ts"
import type { Insight } from "./insight.ts"
import { CHAIN } from "./limits.ts"
import type { LoggedCommit } from "./scan.ts"

/** A stored event, as it is shown. */
export interface ShownEvent {
  readonly position: string
  /** The number of the event in its commit, from 0. */
  readonly index: number
  readonly actor: string
  readonly id: string
  readonly version: number
  readonly type: string
  readonly data: unknown
  readonly time: string
}

/** The sender of a command. */
export type Sender =
  | {
    readonly kind: "policy"
    /** The policy by its first name. */
    readonly policy: string
    /** The position of the event that it followed from. */
    readonly position: string
    /** The number of that event in its commit. */
    readonly index: number
    /** Which time of a recurring timer it was. */
    readonly occurrence?: string
    /** Whether it followed from a rejection, or from giving the event or timer up. */
    readonly after?: "rejected" | "parked"
    /** Whether a replay was to do it again. */
    readonly again?: true
  }
  | {
    readonly kind: "client"
    readonly principal?: string
    /** What the client says that it follows from: an id or a position. */
    readonly causation?: string
  }

/** The metadata of a command that says nothing of its sender. */
type Tracing = Omit<Metadata, "principal" | "causation">

/** The command that an event comes from. */
export interface ShownCommand extends Tracing {
  readonly id: string
  /**
   * Its name. The log keeps a hash of a command's name and fields. The name is known where the
   * fields of its events give that hash.
   */
  readonly name?: string
  readonly sender: Sender
}

/** One link of a chain: an event, and its command. */
export interface Link {
  readonly event: ShownEvent
  readonly command: ShownCommand
}

const NAME = "[a-z][a-z0-9-]*"

/**
 * `<context>.<policy>/<position>/<event>/<reaction>`, a replay, the time of a recurring timer, and
 * whether it followed from a rejection or from giving up. Behind the position of a followed event
 * stands its time.
 */
const OF_POLICY = new RegExp(
  `^(${NAME}\\.${NAME})/(${NAME}:\\d{1,15})(?:-\\d+)?/(\\d+)(?:-\\d+)?/\\d+(/.+)?$`,
)

const REST = /^(\/again-[\w-]+)?(?:\/((?!(?:rejected|parked)\/).+?))?(?:\/(rejected|parked)\/\d+)?$/

/** The sender that the id of a command names; undefined for the id of a client. */
export const policyOf = (commandId: string): Extract<Sender, { kind: "policy" }> | undefined => {
  const [, policy, position, index, rest = ""] = OF_POLICY.exec(commandId) ?? []
  if (policy === undefined || position === undefined) return undefined
  const [, again, occurrence, after] = REST.exec(rest) ?? []
  return {
    kind: "policy",
    ...{ policy, position, index: Number(index) },
    ...(occurrence === undefined ? {} : { occurrence }),
    ...(after === "rejected" || after === "parked" ? { after } : {}),
    ...(again === undefined ? {} : { again: true }),
  }
}

/** The names of the fields of a contract's commands, by command. */
const fieldNames = new WeakMap<AnyContract, ReadonlyMap<string, readonly string[]>>()

const fieldsOfCommands = (contract: AnyContract): ReadonlyMap<string, readonly string[]> => {
  const known = fieldNames.get(contract)
  if (known) return known
  const found = new Map(
    Object.entries(contract.codec.schemas("command")).map(([name, schema]) => {
      const { fields } = schema as { readonly fields?: object }
      return [name, Object.keys(fields ?? {})]
    }),
  )
  fieldNames.set(contract, found)
  return found
}

/** The name of the command of some events, if their fields prove it. */
const commandName = (
  contract: AnyContract,
  events: readonly StoredEvent[],
): string | undefined => {
  const content = events.find((each) => each.content !== undefined)?.content
  if (content === undefined) return undefined
  const data: Record<string, unknown> = {}
  for (const each of events) if (isMap(each.data)) Object.assign(data, each.data)
  for (const [name, fields] of fieldsOfCommands(contract)) {
    const given = fields.filter((each) => Object.hasOwn(data, each))
    const plain = Object.fromEntries(given.map((each) => [each, data[each]]))
    // Where users sign in, the id of a command belongs to its user, whom the hash covers too.
    if (contentHash(name, plain) === content) return name
    if (contentHash(name, plain, events[0]?.principal) === content) return name
  }
  return undefined
}

/** The names of the commands of a commit by their ids: one commit can hold very many events. */
const commandNames = new WeakMap<StoredCommit, ReadonlyMap<string, string | undefined>>()

const commandsOf = (contract: AnyContract, commit: StoredCommit) => {
  const known = commandNames.get(commit)
  if (known) return known
  const events = new Map<string, StoredEvent[]>()
  for (const event of commit.events) {
    const own = events.get(event.command)
    if (own) own.push(event)
    else events.set(event.command, [event])
  }
  const found = new Map([...events].map(([id, own]) => [id, commandName(contract, own)] as const))
  commandNames.set(commit, found)
  return found
}

const tracingOf = (meta: Metadata): Tracing => {
  const given = METADATA_NAMES.filter((name) => meta[name] !== undefined)
  const tracing = given.filter((name) => name !== "principal" && name !== "causation")
  return {
    correlation: meta.correlation,
    ...Object.fromEntries(tracing.map((name) => [name, meta[name]])),
  }
}

/** A stored event with its command. */
export const linkOf = ({ contract, id, commit }: LoggedCommit, index: number): Link => {
  const { type, data } = commit.events[index]!
  const meta = recordedMeta(contract, id, commit, index)
  const { position, version, time, commandId, principal, causation } = meta
  const name = commandsOf(contract, commit).get(commandId)
  return {
    event: {
      ...{ position, index, actor: contract.name, id, version, type, data },
      time: time.toISOString(),
    },
    command: {
      id: commandId,
      ...(name === undefined ? {} : { name }),
      sender: policyOf(commandId) ?? {
        kind: "client",
        ...(principal === undefined ? {} : { principal }),
        ...(causation === undefined ? {} : { causation }),
      },
      ...tracingOf(meta),
    },
  }
}

/** The commit at a position. Rejects with `NotFound` if there is no commit of this application. */
export const commitAt = async (
  { app, feed }: Pick<Insight, "app" | "feed">,
  context: string,
  sequence: number,
): Promise<LoggedCommit> => {
  const read = readMessage(await feed.at(context, sequence), contractsRead(app), () => false)
  if (read.kind === "commit") return read
  const place = positionOf(context, sequence)
  throw new NotFound({ message: `the message at ${place} is no commit of an actor of ${app.name}` })
}

/** The one place that a text names. Throws `Invalid` for other text. */
const placeOf = (text: string): { readonly context: string; readonly sequence: number } => {
  const [[context, sequence] = ["", 0]] = Object.entries(parsePositions(text))
  return { context, sequence }
}

/**
 * The chain behind an event, which is its first link. Each next link is the event that the policy
 * which sent the command of the one before has followed. It ends with a command of a client, or
 * with an event that cannot be read; `broken` then says why.
 */
export const chainOf = async (
  insight: Pick<Insight, "app" | "feed">,
  first: Link,
): Promise<{ readonly chain: readonly Link[]; readonly broken?: string }> => {
  const chain = [first]
  for (;;) {
    const { sender } = chain.at(-1)!.command
    if (sender.kind === "client") return { chain }
    if (chain.length >= CHAIN.links) {
      return {
        chain,
        broken: `it is longer than ${CHAIN.links} links: ask about ${sender.position}`,
      }
    }
    const { context, sequence } = placeOf(sender.position)
    try {
      const commit = await commitAt(insight, context, sequence)
      if (sender.index >= commit.commit.events.length) {
        return { chain, broken: `the commit at ${sender.position} has no event ${sender.index}` }
      }
      chain.push(linkOf(commit, sender.index))
    } catch (error) {
      if (!(error instanceof NotFound)) throw error
      return { chain, broken: error.message }
    }
  }
}

/** The link of an event that was read from the log. */
export const linkOfRecorded = async (
  insight: Pick<Insight, "app" | "feed">,
  { meta }: RecordedEvent,
): Promise<Link> => {
  const { context } = placeOf(meta.position)
  return linkOf(await commitAt(insight, context, meta.sequence), meta.index)
}
