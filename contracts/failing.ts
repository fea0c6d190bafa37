/** The base of failures: errors with a tag. */

/** An error with these fields. */
type Made<Tag extends string, Fields> = Error & { readonly _tag: Tag } & Readonly<Fields>

/** The class that a failure with this tag extends. */
export type FailureBase<Tag extends string> = new <Fields extends { readonly message: string }>(
  fields: Fields,
) => Made<Tag, Fields>

/**
 * The base of a failure. It has the form of Effect's tagged errors, so `catchTag` recognizes it,
 * but a client without Effect can load it.
 */
export const failing = <Tag extends string>(tag: Tag): FailureBase<Tag> => {
  class Failing extends Error {
    readonly _tag = tag

    constructor(fields: { readonly message: string }) {
      super(fields.message)
      Object.assign(this, fields)
    }
  }
  Failing.prototype.name = tag
  return Failing as unknown as FailureBase<Tag>
}
