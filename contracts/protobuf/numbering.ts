/** Gives numbers to the fields of a shape, and never a number twice. */
import { NUMBERS } from "../limits.ts"
import type { NumberedField, NumberedMessage, ProtobufNumbers } from "./numbers.ts"
import type { ProtobufShape, ShapeField, ShapeMessage } from "./shape.ts"

const labelOf = ({ label = "optional" }: NumberedField): string => label

const isField = (numbered: NumberedField, { name, kind, label }: ShapeField): boolean =>
  numbered.to === undefined && numbered.name === name && numbered.kind === kind &&
  labelOf(numbered) === label

const numberAfter = (fields: readonly NumberedField[]): number => {
  const next = Math.max(0, ...fields.map(({ number }) => number)) + 1
  return next >= NUMBERS.reservedFrom && next <= NUMBERS.reservedTo ? NUMBERS.reservedTo + 1 : next
}

const isSameForm = (known: NumberedMessage, { form, tag }: ShapeMessage): boolean =>
  (known.form ?? "fields") === form && known.tag === tag

/** Whether each field of a shape has its number, and nothing else is written. */
export const isNumbered = ({ messages }: ProtobufNumbers, shape: ProtobufShape): boolean =>
  [...shape].every(([name, message]) => {
    if (!Object.hasOwn(messages, name)) return false
    const { fields } = messages[name]!
    return isSameForm(messages[name]!, message) &&
      message.fields.every((field) => fields.some((known) => isField(known, field))) &&
      fields.filter(({ to }) => to === undefined).length === message.fields.length
  })

const numberedMessage = (
  name: string,
  known: NumberedMessage | undefined,
  shape: ShapeMessage,
  version: number,
): NumberedMessage => {
  if (known && !isSameForm(known, shape)) {
    throw new TypeError(
      `${name} was "${known.form ?? "fields"}" and is "${shape.form}" now, or has another tag: ` +
        "what was written could not be read. Give the field another name",
    )
  }
  const fields: NumberedField[] = (known?.fields ?? []).map((field) =>
    field.to !== undefined || shape.fields.some((each) => isField(field, each))
      ? field
      : { ...field, to: version - 1 }
  )
  for (const field of shape.fields) {
    if (fields.some((numbered) => isField(numbered, field))) continue
    const { kind, label } = field
    fields.push({
      number: numberAfter(fields),
      name: field.name,
      kind,
      ...(label === "optional" ? {} : { label }),
      ...(version > 1 ? { from: version } : {}),
    })
  }
  const { form, tag } = shape
  return {
    ...(form === "fields" ? {} : { form }),
    ...(tag === undefined ? {} : { tag }),
    fields,
  }
}

/**
 * Adds what a shape needs to the numbers there are. A field that is gone keeps its number; one that
 * is of another kind now gets another. `version` is that of the event. Throws `TypeError` for a
 * change that would make what was written unreadable.
 */
export const numbered = (
  { messages }: ProtobufNumbers,
  shape: ProtobufShape,
  version = 1,
): ProtobufNumbers => {
  const all: Record<string, NumberedMessage> = { ...messages }
  for (const [name, message] of shape) {
    const known = Object.hasOwn(messages, name) ? messages[name] : undefined
    all[name] = numberedMessage(name, known, message, version)
  }
  return { messages: all }
}
