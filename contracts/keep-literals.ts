/** The type of what a handler returns: under it, TypeScript keeps literals as literals. */

/** Something that may hold literals, at any depth. */
type Literal = "" | 0 | true | { readonly [key: string]: Literal } | readonly Literal[]

/**
 * `T` itself. If `T` is inferred in the same call as a handler, TypeScript looks at
 * `() => ({ status: "placed" })` before it knows `T`, and infers `string` for "placed". The second
 * half of the union adds nothing to the type, but tells TypeScript to keep literals.
 */
export type KeepLiterals<T> = T | (T & Literal)
