/** Our own Protobuf messages: answers, and commits of the log. `leftfold.proto` describes them. */
import { ANY_MEMBERS, ANY_VALUE, type Descriptor, descriptorOf } from "../../contracts/plain.ts"

const ACCEPTED = descriptorOf("leftfold.v1.Accepted", [
  { number: 1, name: "position", kind: "string" },
  { number: 2, name: "version", kind: "int64" },
  { number: 3, name: "events", kind: "int64" },
])

const PROBLEM = descriptorOf("leftfold.v1.Problem", [
  { number: 1, name: "type", kind: "string" },
  { number: 2, name: "title", kind: "string" },
  { number: 3, name: "status", kind: "int64" },
  { number: 4, name: "detail", kind: "string" },
  { number: 5, name: "members", kind: "message", message: ANY_MEMBERS },
  { number: 6, name: "rejection", kind: "raw" },
])

/** The answer to a command or a question. One of its fields is there. */
export const ANSWER: Descriptor = descriptorOf("leftfold.v1.Answer", [
  { number: 1, name: "accepted", kind: "message", message: ACCEPTED },
  { number: 2, name: "problem", kind: "message", message: PROBLEM },
  { number: 3, name: "result", kind: "message", message: ANY_VALUE },
])

const EVENT = descriptorOf("leftfold.v1.StoredEvent", [
  { number: 1, name: "type", kind: "string" },
  { number: 2, name: "schema", kind: "int64" },
  { number: 3, name: "protobuf", kind: "raw" },
  { number: 4, name: "msgpack", kind: "raw" },
  { number: 5, name: "command", kind: "string" },
  { number: 6, name: "content", kind: "int64" },
  { number: 7, name: "time", kind: "int64" },
  { number: 8, name: "imported", kind: "bool" },
  { number: 9, name: "correlation", kind: "string" },
  { number: 10, name: "causation", kind: "string" },
  { number: 11, name: "principal", kind: "string" },
  { number: 12, name: "traceparent", kind: "string" },
  { number: 13, name: "tracestate", kind: "string" },
  { number: 14, name: "baggage", kind: "string" },
])

const REJECTION = descriptorOf("leftfold.v1.StoredRejection", [
  { number: 1, name: "type", kind: "string" },
  { number: 2, name: "data", kind: "message", message: ANY_VALUE },
])

const REFUSAL = descriptorOf("leftfold.v1.Refusal", [
  { number: 1, name: "command", kind: "string" },
  { number: 2, name: "content", kind: "string" },
  { number: 3, name: "deadline", kind: "int64" },
  { number: 4, name: "version", kind: "int64" },
  { number: 5, name: "sequence", kind: "int64" },
  { number: 6, name: "rejection", kind: "message", message: REJECTION },
  { number: 7, name: "time", kind: "int64" },
])

/** A commit. Its first byte is below 0x80, which tells it from one in MessagePack. */
export const COMMIT: Descriptor = descriptorOf("leftfold.v1.Commit", [
  { number: 1, name: "base", kind: "int64" },
  { number: 2, name: "ancestors", kind: "int64", label: "repeated" },
  { number: 3, name: "events", kind: "message", label: "repeated", message: EVENT },
  { number: 4, name: "refusals", kind: "message", label: "repeated", message: REFUSAL },
])
