/** Names in `.proto` files: those of a contract, in the way that Protobuf writes them. */
import type { NumberedField } from "../../contracts/internal.ts"

/** A name in lower case, its words joined by underscores. */
export const snake = (name: string): string =>
  name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "").toLowerCase()

const fieldName = ({ name, number }: NumberedField): string => {
  const words = snake(name)
  return /^[a-z]/.test(words) ? words : `field_${words === "" ? number : words}`
}

/** The name of each field, by its number. What is added or removed changes no other name. */
export const fieldNames = (fields: readonly NumberedField[]): ReadonlyMap<number, string> => {
  const names = new Map<number, string>()
  const owners = new Map<string, string>()
  for (const field of fields.toSorted((one, other) => one.number - other.number)) {
    const plain = fieldName(field)
    // A field that is of another kind now keeps its name.
    const isFree = (owners.get(plain) ?? field.name) === field.name
    const name = isFree ? plain : `${plain}_${field.number}`
    names.set(field.number, name)
    owners.set(name, field.name)
  }
  return names
}

/** The name that Protobuf gives a field in JSON. */
export const jsonName = (name: string): string =>
  name.replaceAll(/_+([a-z0-9])/g, (_, first: string) => first.toUpperCase())
