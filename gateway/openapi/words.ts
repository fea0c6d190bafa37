/** The words by which an OpenAPI description calls an operation. */
import type { Json } from "./responses.ts"

const CAPITAL = /(?<=[a-z0-9])(?=[A-Z])/

/** The words of a name: `PlaceOrder` and `order-list` become `Place order` and `Order list`. */
export const wordsOf = (name: string): string => {
  const words = name.split(CAPITAL).join(" ").replaceAll("-", " ").toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The first sentence of a schema's own description, if it has one. */
export const summaryOf = ({ description }: Json, otherwise: string): string =>
  typeof description === "string" && description !== ""
    ? description.split(/\n|(?<=\.) /)[0]!
    : otherwise
