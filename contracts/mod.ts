/** The language of an application: contracts, queries, messages and failures. */
export {
  type AnyContract,
  type CommandOf,
  Contract,
  type EventOf,
  type RejectionOf,
} from "./contract.ts"
export {
  CommandIdReused,
  type Failure,
  Forbidden,
  Internal,
  Invalid,
  isFailure,
  NotFound,
  Overloaded,
  StaleView,
  Timeout,
  TooLarge,
  Unauthenticated,
  Unavailable,
  VersionMismatch,
} from "./errors.ts"
export { idOf } from "./id-of.ts"
export type { Message } from "./message.ts"
export { type ParamsOf, Query, type ResultOf } from "./query.ts"
