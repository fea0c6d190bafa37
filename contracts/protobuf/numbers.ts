/** Protobuf numbers: which number each field of a contract's messages has, for good. */
import { NUMBERS } from "../limits.ts"

/** One field, or one alternative of a union. */
export interface NumberedField {
  /** Its number, which no other field of this message ever gets. */
  readonly number: number
  /** Its name in the contract. */
  readonly name: string
  /**
   * `string`, `int64`, `double`, `bool`, `bytes`, `timestamp`, `value` (any JSON), or the name of
   * a message here.
   */
  readonly kind: string
  /** `optional` unless something else is said. */
  readonly label?: string
  /** The version of the event that had it first; 1 unless something else is said. */
  readonly from?: number
  /** The last version of the event that had it; absent while there is no newer version. */
  readonly to?: number
}

/** One message: a command, an event, a rejection, or a part of one. */
export interface NumberedMessage {
  /** `box` holds one value, `oneof` holds one of several; otherwise it has fields. */
  readonly form?: string
  /** The field that names the alternative of a tagged union. */
  readonly tag?: string
  readonly fields: readonly NumberedField[]
}

/** The numbers of a contract or a query, as `leftfold schema proto` writes them. */
export interface ProtobufNumbers {
  readonly messages: { readonly [name: string]: NumberedMessage }
}

/** What a field can be besides a message. */
const SCALARS: ReadonlySet<string> = new Set([
  "string",
  "int64",
  "double",
  "bool",
  "bytes",
  "timestamp",
  "value",
])

/** How often a field is there. `nullable`: absent stands for null. */
const LABELS: ReadonlySet<string> = new Set(["optional", "nullable", "repeated", "map"])

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 &&
  value <= NUMBERS.largest && !(value >= NUMBERS.reservedFrom && value <= NUMBERS.reservedTo)

/** What is wrong with a field; undefined if nothing is. */
const faultIn = (
  { number, name, kind, label = "optional" }: NumberedField,
  messages: ProtobufNumbers["messages"],
): string | undefined => {
  if (!isNumber(number)) return `the number ${number} cannot be used`
  if (typeof name !== "string" || name === "__proto__") return `number ${number} has no name`
  if (!LABELS.has(label)) return `${name} has the label "${label}"`
  if (SCALARS.has(kind) || Object.hasOwn(messages, kind)) return undefined
  return `${name} is a "${kind}", which is no kind and no message`
}

/** Throws `TypeError` for numbers that `leftfold schema proto` did not write; `what` has them. */
export const checkNumbers = (what: string, given: ProtobufNumbers): void => {
  const refuse = (fault: string): never => {
    throw new TypeError(
      `${what}: its protobuf numbers are not usable: ${fault}. Let ` +
        "leftfold schema proto write them",
    )
  }
  const { messages } = Object(given) as ProtobufNumbers
  if (typeof messages !== "object" || messages === null) return refuse("they have no messages")
  for (const [name, message] of Object.entries(messages)) {
    const { fields, form = "fields" } = Object(message) as NumberedMessage
    if (!Array.isArray(fields)) return refuse(`${name} has no fields`)
    if (!["fields", "box", "oneof"].includes(form)) return refuse(`${name} is a "${form}"`)
    const seen = new Set<number>()
    for (const field of fields as readonly NumberedField[]) {
      const fault = faultIn(Object(field) as NumberedField, messages)
      if (fault !== undefined) return refuse(`${name}: ${fault}`)
      if (seen.has(field.number)) return refuse(`${name} has the number ${field.number} twice`)
      seen.add(field.number)
    }
  }
}
