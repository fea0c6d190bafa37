/** What the rooms above use of this one: what users write, and the machinery behind it. */
export * from "./mod.ts"
export { contextOf, type ContractCodec, splitName } from "./contract.ts"
export { digest } from "./digest.ts"
export {
  CommitTooLarge,
  fromProblem,
  isOutageName,
  isProblem,
  Malformed,
  type Problem,
  rejectionProblem,
  retryOf,
  toProblem,
  UnsupportedFormat,
} from "./errors.ts"
export {
  ID,
  INBOX_CHARACTERS,
  LIVENESS,
  LONGEST_TIMEOUT_MS,
  MESSAGE_NAME,
  NESTING,
  OTHER_HEADERS,
  OWN_NESTING,
  PRINCIPAL_KEYS,
  PROBLEM_BYTES,
  REFUSALS_LOGGED_MS,
  REQUEST_BYTES,
  REQUEST_TIMEOUT_MS,
  RESERVED_CONTEXT,
  RETRY,
  type RetryPolicy,
  SERVER_ERRORS_LOGGED,
  SERVER_ERRORS_LOGGED_MS,
  SLICES,
  TOKEN,
  TOKEN_CHARACTERS,
  UNKNOWN_OUTCOMES,
  VALUES,
} from "./limits.ts"
export { frozen, NOON } from "./frozen.ts"
export type { KeepLiterals } from "./keep-literals.ts"
export { messageOf } from "./message-of.ts"
export type { DataOf, Fields } from "./message.ts"
export { checkParameters, textParameter, timeParameter, wholeParameter } from "./parameters.ts"
export {
  formatPositions,
  hasReached,
  parsePositions,
  positionOf,
  type Positions,
  positionsIn,
} from "./position.ts"
export { type SchemaCodec, schemaCodec } from "./schema-codec.ts"
