/** The fields of a stored event that are still Protobuf: the contract's codec reads them. */
import type { ProtobufLimits } from "./reader.ts"
import type { WriteOptions } from "./writer.ts"

/** Fields as bytes. Only the contract knows what they are. */
export class StoredProtobuf {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** Reads and writes the messages of a contract as Protobuf. */
export interface ProtobufMessages {
  /**
   * The plain fields in these bytes. Throws `NotCarried` for a message without numbers,
   * `TooManyValues`, and another error for bytes that are not this message.
   */
  readonly read: (type: string, bytes: Uint8Array, limits: ProtobufLimits) => unknown
  /** The bytes of plain fields. Throws `NotCarried` for what would be read as something else. */
  readonly write: (type: string, plain: unknown, options: WriteOptions) => Uint8Array
}
