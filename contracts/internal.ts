/** For the rooms above: everything that users write, and the machinery behind it. */
export * from "./mod.ts"
export type { ContractCodec, PlainMessage } from "./contract-codec.ts"
export { contextOf, splitName } from "./name.ts"
export { digest } from "./digest.ts"
export {
  CommitTooLarge,
  isOutageName,
  Malformed,
  type Problem,
  rejectionProblem,
  retryOf,
  toProblem,
  UnsupportedFormat,
} from "./errors.ts"
export { checkNow, explained, HandlerBug } from "./handler-bug.ts"
export { ID } from "./limits.ts"
export {
  checkAll,
  checkContract,
  checkContracts,
  checkFields,
  checkFunction,
  checkHandlers,
  checkOptions,
  checkSchema,
  durationMs,
} from "./definition.ts"
export { frozen, frozenLightly, frozenThrough, NOON, thawed, withOwnBytes } from "./frozen.ts"
export type { KeepLiterals } from "./keep-literals.ts"
export { isOutage } from "./is-outage.ts"
export { messageOf } from "./message-of.ts"
export { didYouMean, nearest } from "./nearest.ts"
export type { DataOf, Fields, MessageKind } from "./message.ts"
export { checkParameters, textParameter, timeParameter, wholeParameter } from "./parameters.ts"
export {
  formatPositions,
  hasReached,
  parsePositions,
  positionOf,
  type Positions,
  positionsIn,
} from "./position.ts"
export { numbered } from "./protobuf/numbering.ts"
export type { NumberedField, NumberedMessage, ProtobufNumbers } from "./protobuf/numbers.ts"
export { type ProtobufShape, type ShapeField, shapeOfFields } from "./protobuf/shape.ts"
export { StoredProtobuf } from "./protobuf/stored-protobuf.ts"
export { UNKNOWN_FIELDS } from "./protobuf/writer.ts"
export { plainForm } from "./schema/plain-form.ts"
export { type SchemaCodec, schemaCodec } from "./schema/schema-codec.ts"
export { type StateForm, stateForm } from "./schema/state-form.ts"
