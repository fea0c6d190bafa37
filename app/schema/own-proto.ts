/** The `.proto` file of our own messages: commits of a log, and answers. */

/** Where it is. */
export const OWN_PROTO_PATH = "leftfold/v1/leftfold.proto"

/** Its text. `wire/format/protobuf-messages.ts` has the same numbers. */
export const OWN_PROTO =
  `// Commits of a log, and answers to commands and questions. The same in every application.
syntax = "proto3";

package leftfold.v1;

import "google/protobuf/struct.proto";

// One message of a log: all events that were decided and stored together.
message Commit {
  // How many events the actor had before.
  optional int64 base = 1;
  // The sequences of the actor's most recent earlier commits, oldest first.
  repeated int64 ancestors = 2;
  repeated StoredEvent events = 3;
  repeated Refusal refusals = 4;
}

// An event as it is stored.
message StoredEvent {
  // Its name, which is also the name of its message in the file of its contract.
  optional string type = 1;
  // The version of the event.
  optional int64 schema = 2;
  // Its fields: the message of its contract.
  optional bytes protobuf = 3;
  // Its fields in MessagePack, if Protobuf cannot carry them exactly.
  optional bytes msgpack = 4;
  // The id of the command that caused it.
  optional string command = 5;
  // The hash of the command's content, on the first event of a command.
  optional int64 content = 6;
  // When it was decided, in milliseconds since 1970.
  optional int64 time = 7;
  // Whether it was imported.
  optional bool imported = 8;
  optional string correlation = 9;
  optional string causation = 10;
  optional string principal = 11;
  optional string traceparent = 12;
  optional string tracestate = 13;
  optional string baggage = 14;
}

// A command that was refused for good.
message Refusal {
  optional string command = 1;
  optional string content = 2;
  optional int64 deadline = 3;
  optional int64 version = 4;
  optional int64 sequence = 5;
  optional StoredRejection rejection = 6;
  optional int64 time = 7;
}

// A rejection by name, with its fields as JSON has them.
message StoredRejection {
  optional string type = 1;
  optional google.protobuf.Value data = 2;
}

// What every request is answered. One of the fields is there.
message Answer {
  // The command was accepted.
  optional Accepted accepted = 1;
  // The command was rejected, or the request failed.
  optional Problem problem = 2;
  // The result of a query, or of a question for a state or a history.
  optional google.protobuf.Value result = 3;
}

// A command whose events are stored.
message Accepted {
  // The position in the log of its context, such as orders:1234.
  optional string position = 1;
  // How many events the actor has now.
  optional int64 version = 2;
  // How many events this command caused.
  optional int64 events = 3;
}

// Why a request failed, as RFC 9457 says.
message Problem {
  // urn:leftfold:rejection for a rejection.
  optional string type = 1;
  // The name of the rejection or the failure.
  optional string title = 2;
  // The status that HTTP has for it.
  optional int64 status = 3;
  optional string detail = 4;
  // Its other members: the fields of a rejection, as JSON has them.
  optional google.protobuf.Struct members = 5;
  // The fields of a rejection: the message of its contract.
  optional bytes rejection = 6;
}
`
