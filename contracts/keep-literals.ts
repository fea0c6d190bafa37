/** A type for what a handler returns, under which TypeScript keeps literals as literals. */

/** Something that may hold literals, at any depth. */
type Literal = "" | 0 | true | { readonly [key: string]: Literal } | readonly Literal[]

/**
 * The type itself. Where a type is inferred in the same call as a handler, TypeScript looks at
 * `() => ({ status: "placed" })` before it knows that type, and takes "placed" for a `string`. The
 * second half, which adds nothing to the type, tells it that literals are wanted.
 */
export type KeepLiterals<T> = T | (T & Literal)
