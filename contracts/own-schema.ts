/** A check that a schema was made by the copy of effect that reads it. */
import { Schema, SchemaAST } from "effect"

/** The prototype that everything in the syntax tree of a schema descends from. */
const rootOf = (value: object): object => {
  let root: object = value
  for (;;) {
    const above: object | null = Object.getPrototypeOf(root)
    if (above === null || above === Object.prototype) return root
    root = above
  }
}

const OURS = rootOf(Schema.String.ast)

/**
 * Throws `TypeError` for a schema of another version of effect, or from another copy of ours.
 * `what` has it. Schemas of two copies look alike, and fail later where one copy asks for its own
 * class.
 */
export const checkOwnSchema = (what: string, schema: object): void => {
  if (!Schema.isSchema(schema) || !SchemaAST.isAST(schema.ast)) {
    throw new TypeError(
      `${what} has no schema of effect 4: write one such as Schema.String, imported from effect`,
    )
  }
  if (rootOf(schema.ast) === OURS) return
  throw new TypeError(
    `${what} has a schema of another copy of effect than the one that Leftfold uses: install ` +
      "effect once (npm ls effect shows who asks for which)",
  )
}
