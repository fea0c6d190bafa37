/**
 * Users of NATS: services that the nats-server knows by name. Each sends under subjects that hold
 * its name, where the server lets nobody else publish. A gateway takes what arrives there, seals
 * the name as its principal, and passes the message on.
 */
import { NotFound, Overloaded, TooLarge, toProblem, Unavailable } from "../../contracts/plain.ts"
import { forwardedSubject, sentAs } from "../address.ts"
import { HEADER } from "../header.ts"
import { NATS_USERS, REQUEST_TIMEOUT_MS } from "../limits.ts"
import { awaited, failureOf, problemFormat, respondProblem } from "../serve.ts"
import {
  type Headers,
  type Incoming,
  type Reply,
  requestOf,
  type Serving,
  type Wire,
} from "../wire.ts"
import { NO_BYTES } from "../bytes.ts"
import { type PrincipalSeals, sealHeaders } from "./principal-seal.ts"
import { type Claims, claimsText } from "./user.ts"

/** What is needed to take messages of users of NATS. */
export interface NatsUsersOptions {
  readonly wire: Wire
  readonly seals: PrincipalSeals
  /** The claims of each user, by its name on the nats-server. */
  readonly users: Readonly<Record<string, Claims>>
  /** How many messages may be under way at once. */
  readonly inFlight?: number
}

/** The queue that all gateways share. */
const QUEUE = "gateways"

/** The principal of a user of NATS. Nobody can sign in under such an id. */
const natsPrincipal = (name: string): string => `nats:${name}`

/** What a gateway itself says of a message, and what only policies say. */
const WITHHELD: readonly string[] = [
  ...[HEADER.principal, HEADER.claims, HEADER.principalSeal, HEADER.askedSince],
]

/** Headers of a request that are passed on. */
const PASSED: ReadonlySet<string> = new Set(
  Object.values(HEADER).filter((name) => !WITHHELD.includes(name)),
)

const passedOn = (headers: Headers): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => PASSED.has(name)))

/** How long the sender waits for its answer at most, in milliseconds. */
const timeoutOf = (headers: Headers): number => {
  const given = Number(headers[HEADER.deadline] ?? Number.NaN)
  const left = Number.isNaN(given) ? REQUEST_TIMEOUT_MS : given - Date.now()
  return Math.min(Math.max(left, 1), NATS_USERS.longestMs)
}

/** Why no answer came; undefined where the sender has to find out, because it may yet be done. */
const outageOf = ({ type }: Reply) => {
  if (type === "no-responders") {
    return new Unavailable({ message: "no node answers now: ask again", retryAfterMs: 1_000 })
  }
  if (type === "too-large") {
    return new TooLarge({ message: "the message is too large with its seal" })
  }
  return undefined
}

/**
 * Whether this nats-server lets the wire's own user publish as one of these users. Then it proves
 * nothing: it has no users, or no permissions.
 */
export const canClaim = async (
  wire: Wire,
  users: readonly string[],
): Promise<string | undefined> => {
  for (const name of users) {
    const subject = sentAs(name, `leftfold.${crypto.randomUUID()}`)
    const serving = wire.serve(subject, (message) => message.respond(NO_BYTES))
    try {
      const reply = await requestOf(wire, subject, NO_BYTES, {}, NATS_USERS.claimMs)
      if (reply.type === "reply") return name
    } finally {
      serving.close()
    }
  }
  return undefined
}

/** Takes the messages of these users until it is closed. */
export const serveNatsUsers = (
  { wire, seals, users, inFlight = NATS_USERS.inFlight }: NatsUsersOptions,
): Serving => {
  let taken = 0
  const pass = (message: Incoming, name: string, claims: string) => {
    if (taken >= inFlight) {
      throw new Overloaded({ message: "too much is under way", retryAfterMs: 100 })
    }
    const subject = forwardedSubject(name, message.subject)
    if (subject === undefined) {
      throw new NotFound({ message: "nothing takes messages at this subject" })
    }
    const given = { ...passedOn(message.headers), [HEADER.principal]: natsPrincipal(name) }
    const headers = sealHeaders(
      seals,
      { ...given, [HEADER.claims]: claims },
      subject,
      message.payload,
    )
    taken++
    wire.request(subject, message.payload, headers, timeoutOf(given), (reply) => {
      taken--
      if (reply.type === "reply") return message.respond(reply.payload, reply.headers)
      const outage = outageOf(reply)
      if (outage) respondProblem(message, problemFormat(message), toProblem(outage))
    })
  }
  const serving = Object.entries(users).map(([name, claims]) => {
    const text = claimsText(claims)
    const take = (message: Incoming) => {
      try {
        pass(message, name, text)
      } catch (error) {
        const problem = toProblem(failureOf(error, message.subject))
        respondProblem(message, problemFormat(message), problem)
      }
    }
    return wire.serve(sentAs(name, ">"), awaited(take), QUEUE)
  })
  return { close: () => serving.forEach((each) => each.close()) }
}
