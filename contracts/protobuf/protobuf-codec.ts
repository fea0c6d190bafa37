/** The Protobuf codec of a contract or a query: its messages as bytes, by their numbers. */
import type { Descriptor } from "./descriptor.ts"
import { descriptorsOf } from "./descriptor.ts"
import { isNumbered } from "./numbering.ts"
import { checkNumbers, type ProtobufNumbers } from "./numbers.ts"
import { type ProtobufLimits, readProtobuf } from "./reader.ts"
import { NUMBERS } from "../limits.ts"
import type { ProtobufShape } from "./shape.ts"
import type { ProtobufMessages } from "./stored-protobuf.ts"
import { NotCarried, type WriteOptions, writeProtobuf } from "./writer.ts"

/** Reads and writes the messages of one contract or query. */
export class ProtobufCodec implements ProtobufMessages {
  readonly #what: string
  readonly #numbers: ProtobufNumbers
  readonly #shapeOf: (type: string) => ProtobufShape | undefined
  readonly #descriptors: ReadonlyMap<string, Descriptor>
  /** Whether the numbers fit the messages of today, by type. */
  readonly #current = new Map<string, boolean>()

  /** Throws `TypeError` for numbers that cannot be used; `what` has them. */
  constructor(
    what: string,
    numbers: ProtobufNumbers,
    shapeOf: (type: string) => ProtobufShape | undefined,
  ) {
    checkNumbers(what, numbers)
    this.#what = what
    this.#numbers = numbers
    this.#shapeOf = shapeOf
    this.#descriptors = descriptorsOf(numbers)
  }

  /** Whether each field of a message of today has its number. */
  isCurrent(type: string): boolean {
    let current = this.#current.get(type)
    if (current === undefined) {
      const shape = this.#shapeOf(type)
      current = shape !== undefined && isNumbered(this.#numbers, shape)
      this.#current.set(type, current)
    }
    return current
  }

  read(type: string, bytes: Uint8Array, limits: ProtobufLimits): unknown {
    // What is in the log was written by numbers that may be older than the code.
    const descriptor = limits.own || this.isCurrent(type) ? this.#descriptors.get(type) : undefined
    if (!descriptor) throw this.#unnumbered(type)
    return readProtobuf(descriptor, bytes, limits)
  }

  write(type: string, plain: unknown, options: WriteOptions): Uint8Array {
    if (!this.isCurrent(type)) throw this.#unnumbered(type)
    return writeProtobuf(this.#descriptors.get(type)!, plain, options)
  }

  /** As `write`; undefined for a message that cannot be written. */
  written(type: string, plain: unknown): Uint8Array | undefined {
    try {
      return this.write(type, plain, { levels: NUMBERS.written })
    } catch (error) {
      if (error instanceof NotCarried) return undefined
      throw error
    }
  }

  #unnumbered(type: string): NotCarried {
    return new NotCarried(
      `${this.#what} has no Protobuf numbers for ${type} as it is today: run leftfold schema proto`,
    )
  }
}
