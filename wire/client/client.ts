/** The client: sends commands to actors, and queries to the read side, by their contracts. */
import { encode } from "../codec.ts"
import type {
  AnyContract,
  CommandOf,
  Message,
  Query,
  RejectionOf,
} from "../../contracts/internal.ts"
import {
  type Accepted,
  type ClientOptions,
  createPlainClient,
  type PlainClient,
  type QueryAnswer,
  unreadable,
} from "./plain-client.ts"
import type { QueryOptions } from "./query-options.ts"
import type { EnvelopeOptions } from "../envelope.ts"
import type { Wire } from "../wire.ts"

/**
 * The answer to a command: accepted, or one of the contract's rejections.
 *
 * ```ts
 * const wordOf = (answer: Answer<RejectionOf<typeof Orders>>) =>
 *   answer.kind === "accepted" ? answer.position : answer.type
 * ```
 */
export type Answer<R extends Message<"rejection">> = Accepted | R

/**
 * Asks by contract. Promises reject with a `Failure`. After an outage it is safe to ask again.
 *
 * ```ts
 * const cancelLate = async ({ ask }: Client, id: string) =>
 *   await ask(Orders, id, CancelOrder({ reason: "late" }))
 * ```
 */
export interface Client extends PlainClient {
  /** Sends a command to one actor; resolves once it is stored or rejected. */
  readonly ask: <K extends AnyContract>(
    contract: K,
    id: string,
    command: CommandOf<K>,
    options?: EnvelopeOptions,
  ) => Promise<Answer<RejectionOf<K>>>
  /** Asks the read side. */
  readonly query: <P, R>(
    query: QueryShape<P, R>,
    params: P,
    options?: QueryOptions,
  ) => Promise<QueryAnswer<R>>
}

/** The parts of a query that the client needs. */
export type QueryShape<P, R> = Pick<Query, "name"> & {
  readonly params: { readonly encode: (params: P) => unknown }
  readonly result: { readonly decode: (plain: unknown) => R }
}

/**
 * Makes a client that speaks over this wire. A command that nobody answers is tried again, with
 * the same command id, until its deadline.
 */
export const createClient = (wire: Wire, options: ClientOptions = {}): Client => {
  const { format = "msgpack" } = options
  const plain = createPlainClient(wire, options)
  const { askBytes, queryPlain } = plain

  return {
    ...plain,
    ask: async (contract, id, command, options) => {
      const { type, data } = contract.codec.plain(command)
      const answer = await askBytes(contract.name, id, type, encode(format, data), options)
      if (answer.kind === "accepted") return answer
      // The codec has just checked the answer against the contract that the type is made from.
      let rejection: Message
      try {
        rejection = contract.codec.rejection(answer.type, answer.data)
      } catch (error) {
        throw unreadable(contract.name, error)
      }
      return rejection as RejectionOf<typeof contract>
    },
    query: async (query, params, options) => {
      const { result, ...rest } = await queryPlain(
        query.name,
        query.params.encode(params),
        options,
      )
      try {
        return { result: query.result.decode(result), ...rest }
      } catch (error) {
        throw unreadable(query.name, error)
      }
    },
  }
}
