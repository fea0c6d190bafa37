/** The part of this room that loads no Effect, for what a client without Effect loads. */
export { contextOf } from "./name.ts"
export { digest } from "./digest.ts"
export {
  type Failure,
  Forbidden,
  fromProblem,
  Internal,
  Invalid,
  isFailure,
  isOutageName,
  isProblem,
  Malformed,
  NotFound,
  Overloaded,
  type Problem,
  retryOf,
  Timeout,
  TooLarge,
  toProblem,
  Unavailable,
  UnsupportedFormat,
} from "./errors.ts"
export { ID, ID_CHARACTERS, MESSAGE_NAME, RESERVED_CONTEXT } from "./limits.ts"
export { isOutage } from "./is-outage.ts"
export { isThere } from "./schema/is-there.ts"
export { ANY_MEMBERS, ANY_VALUE, type Descriptor, descriptorOf } from "./protobuf/descriptor.ts"
export { cutShort, readProtobuf, TooManyValues } from "./protobuf/reader.ts"
export { type ProtobufMessages, StoredProtobuf } from "./protobuf/stored-protobuf.ts"
export { NotCarried, writeProtobuf } from "./protobuf/writer.ts"
export { messageOf } from "./message-of.ts"
