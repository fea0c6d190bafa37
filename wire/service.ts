/**
 * The protocol of NATS services (ADR-32): with `$SRV.PING`, `$SRV.INFO` and `$SRV.STATS`, tools
 * find a service and read its endpoints and statistics, as JSON.
 */
import { serviceSubjects } from "./address.ts"
import { decode, encode, isMap } from "./codec.ts"
import { ID, isFailure } from "../contracts/plain.ts"
import { SERVICE } from "./limits.ts"
import type { Names } from "./format/names.ts"
import { awaited } from "./serve.ts"
import { type Incoming, NO_HEADERS, type Reply, type Serving, type Wire } from "./wire.ts"
import { NO_BYTES } from "./bytes.ts"

/** An endpoint of a service, with its statistics since the start. */
export interface Endpoint {
  readonly name: string
  readonly subject: string
  readonly queue: string
  /** What can be known before a request: each text is cut to `SERVICE.metadataCharacters`. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly requests: number
  readonly errors: number
  /** The last error in words; empty if no request has failed. */
  readonly lastError: string
  /** The total time from taking a request to answering it, in milliseconds. */
  readonly processingMs: number
}

/** One instance of a service. */
export interface Service {
  /** The kind of service, shared by all its instances. */
  readonly name: string
  /** This instance, as one token of a subject. */
  readonly id: string
  /** A semantic version, such as `1.2.0`. */
  readonly version: string
  readonly description: string
  readonly metadata?: Readonly<Record<string, string>>
  /** The endpoints, with their current statistics. */
  readonly endpoints: () => readonly Endpoint[]
}

/** The pattern of semver.org, which the protocol demands. */
const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?$/

const typeOf = (verb: string): string => `io.nats.micro.v1.${verb.toLowerCase()}_response`

const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6)

const infoOf = (names: Names, { name, subject, queue, metadata = {} }: Endpoint) => ({
  name,
  subject: names.subject(subject),
  queue_group: queue,
  metadata: Object.fromEntries(
    Object.entries(metadata).map(([key, text]) => [key, text.slice(0, SERVICE.metadataCharacters)]),
  ),
})

const statsOf = (names: Names, endpoint: Endpoint) => {
  const { name, subject, queue, requests, errors, ...rest } = endpoint
  return {
    name,
    subject: names.subject(subject),
    queue_group: queue,
    num_requests: requests,
    num_errors: errors,
    last_error: rest.lastError.slice(0, SERVICE.errorCharacters),
    processing_time: nanoseconds(rest.processingMs),
    average_processing_time: requests === 0
      ? 0
      : Math.floor(nanoseconds(rest.processingMs) / requests),
  }
}

/**
 * Answers for an instance of a service until it is closed. Throws `TypeError` when its version is
 * not a semantic version, because tools would refuse it.
 */
export const serveService = (wire: Wire, service: Service): Serving => {
  const { name, id, version, description, metadata = {}, endpoints } = service
  if (!SEMANTIC_VERSION.test(version)) {
    throw new TypeError(`"${version}" is not a semantic version such as 1.2.0`)
  }
  const started = new Date().toISOString()
  // The protocol has no field for the number left out, but tools show metadata.
  const listed = (told: (endpoint: Endpoint) => object) => {
    const all = endpoints()
    const left = all.length - SERVICE.listed
    return {
      endpoints: all.slice(0, SERVICE.listed).map(told),
      ...(left > 0 ? { metadata: { ...metadata, endpoints_left_out: String(left) } } : {}),
    }
  }
  const { names } = wire
  const answers = {
    PING: () => ({}),
    INFO: () => ({ description, ...listed((endpoint) => infoOf(names, endpoint)) }),
    STATS: () => ({ started, ...listed((endpoint) => statsOf(names, endpoint)) }),
  }
  const serving: Serving[] = []
  for (const [verb, answer] of Object.entries(answers)) {
    const respond = (message: Incoming) => {
      const about = { type: typeOf(verb), name: names.word(name), id, version, metadata }
      message.respond(encode("json", { ...about, ...answer() }))
    }
    for (const subject of serviceSubjects(verb, name, id)) {
      serving.push(wire.serve(subject, awaited(respond)))
    }
  }
  return { close: () => serving.forEach(({ close }) => close()) }
}

const idOf = (reply: Reply): string | undefined => {
  if (reply.type !== "reply") return undefined
  try {
    const answer = decode("json", reply.payload)
    const id = isMap(answer) ? answer.id : undefined
    return typeof id === "string" && ID.test(id) ? id : undefined
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

/** Finds the instance of a service that answers first; undefined when no instance does in time. */
export const findInstance = (
  wire: Wire,
  name: string,
  withinMs: number,
  done: (id: string | undefined) => void,
): void => {
  const [, subject = ""] = serviceSubjects("PING", name, "")
  wire.request(subject, NO_BYTES, NO_HEADERS, withinMs, (reply) => done(idOf(reply)))
}
