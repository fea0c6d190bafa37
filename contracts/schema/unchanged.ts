/** Finds out whether the typed and the plain form of a schema's values are the same. */
import { SchemaAST } from "effect"

type Ast = SchemaAST.AST

const SCALARS = new Set([
  "String",
  "TemplateLiteral",
  "Number",
  "Boolean",
  "Null",
  "Literal",
  "Enum",
])

/** The schemas that a schema consists of; undefined if it changes its values, or takes any. */
const partsOf = (ast: Ast): readonly Ast[] | undefined => {
  if (ast.encoding) return undefined
  if (SCALARS.has(ast._tag)) return []
  if (SchemaAST.isSuspend(ast)) return [ast.thunk()]
  if (SchemaAST.isUnion(ast)) return ast.types
  if (SchemaAST.isArrays(ast)) return [...ast.elements, ...ast.rest]
  if (!SchemaAST.isObjects(ast)) return undefined
  const { propertySignatures, indexSignatures } = ast
  if (propertySignatures.length + indexSignatures.length === 0) return undefined
  return [
    ...propertySignatures.map(({ type }) => type),
    ...indexSignatures.flatMap(({ parameter, type }) => [parameter, type]),
  ]
}

/** The most parts that are examined: a schema that creates its own parts can have no end. */
const MOST_PARTS = 10_000

/**
 * Whether the typed value is the same as the plain one, for the schema of a plain form. Then every
 * part of a value is new when it was parsed, and nothing in it is of a class.
 */
export const isUnchanged = (root: Ast): boolean => {
  const found = new Set([root])
  for (const ast of found) {
    const parts = partsOf(ast)
    if (!parts || found.size > MOST_PARTS) return false
    for (const part of parts) found.add(part)
  }
  return true
}
