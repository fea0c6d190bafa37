/** A message: a command, an event or a rejection, by name, with the fields it carries. */
import type { Schema } from "effect"

/** A command is an order, an event is what happened, a rejection is why an order is refused. */
export type MessageKind = "command" | "event" | "rejection"

/**
 * One message. `data` holds its fields, as the contract's schemas decode them.
 *
 * ```ts
 * const command: Message<"command"> = CancelOrder({ reason: "late" })
 * const { type, data } = command // "CancelOrder", { reason: "late" }
 * ```
 */
export interface Message<
  Kind extends MessageKind = MessageKind,
  Type extends string = string,
  Data = object,
> {
  readonly kind: Kind
  readonly type: Type
  readonly data: Data
}

/** The schemas of a message's fields, by name. */
export type Fields = { readonly [field: string]: Schema.Codec<unknown, unknown> }

/** The messages of one kind: for each name, its fields. */
export type Messages = { readonly [name: string]: Fields }

/** The fields of a message as a handler sees them. */
export type DataOf<F extends Fields> = Schema.Struct.Type<F>

/** Makes a message of one type. It needs no argument if no field is required. */
export type Constructor<Kind extends MessageKind, Type extends string, F extends Fields> =
  & (Record<never, never> extends DataOf<F> ? (data?: DataOf<F>) => Message<Kind, Type, DataOf<F>>
    : (data: DataOf<F>) => Message<Kind, Type, DataOf<F>>)
  & { readonly type: Type }

/** The constructors of all messages of one kind. */
export type Constructors<Kind extends MessageKind, M extends Messages> = {
  readonly [Name in keyof M & string]: Constructor<Kind, Name, M[Name]>
}

/** The union of all messages of one kind. */
export type OneOf<Kind extends MessageKind, M extends Messages> = {
  [Name in keyof M & string]: Message<Kind, Name, DataOf<M[Name]>>
}[keyof M & string]

/** The constructor of one message type. */
export const constructorOf = (kind: MessageKind, type: string) =>
  Object.assign((data: object = {}): Message => ({ kind, type, data }), { type })
