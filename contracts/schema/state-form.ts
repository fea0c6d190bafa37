/** The form of a state: makes it what it will be once it was read from a snapshot. */
import { type Schema, SchemaAST } from "effect"
import { frozen, isForeign } from "../frozen.ts"
import type { SchemaCodec } from "./schema-codec.ts"
import { misfitsAmongNew } from "./misfits.ts"

/** The form of one actor's states. */
export interface StateForm {
  /**
   * The state as a snapshot will give it back, frozen. Parts that are frozen already are passed
   * over, so a large state in which little has changed costs little. Throws `Invalid` for a state
   * that is not of its schema's type, or has a field that the schema does not know.
   */
  readonly settled: (state: unknown) => unknown
}

/** Whether its schema is that of an object's or of a class's fields. */
const hasFields = (value: object): boolean =>
  !(value instanceof Date) && !ArrayBuffer.isView(value) && !isForeign(value)

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A value in which -0 is 0 and texts are well formed, as they are once they were written. */
const tidied = (value: unknown): unknown => {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed()
  if (typeof value === "number") return value === 0 ? 0 : value
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const each = value[index]
      const kept = tidied(each)
      if (!Object.is(kept, each)) value[index] = kept
    }
    return value
  }
  if (!isPlain(value) && !hasFields(value)) return value
  const fields = value as Record<string, unknown>
  for (const name in fields) {
    const each = fields[name]
    const kept = tidied(each)
    const isWhole = name.isWellFormed()
    if (!isWhole) delete fields[name]
    if (!isWhole || !Object.is(kept, each)) fields[name.toWellFormed()] = kept
  }
  return value
}

/** As `tidied`, for a state that its handler has frozen itself. */
const tidiedCopy = (state: object): unknown => {
  if (Array.isArray(state)) return tidied([...state])
  return isPlain(state) ? tidied({ ...state }) : state
}

const isClass = (ast: SchemaAST.AST): boolean =>
  SchemaAST.isDeclaration(ast) && Object.hasOwn(ast.annotations ?? {}, "~constructor")

const partsOf = (ast: SchemaAST.AST): readonly SchemaAST.AST[] => {
  if (SchemaAST.isSuspend(ast)) return [ast.thunk()]
  if (SchemaAST.isUnion(ast)) return ast.types
  if (SchemaAST.isArrays(ast)) return [...ast.elements, ...ast.rest]
  if (SchemaAST.isDeclaration(ast)) return ast.typeParameters
  if (!SchemaAST.isObjects(ast)) return []
  return [
    ...ast.propertySignatures.map(({ type }) => type),
    ...ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type]),
  ]
}

/** Whether values of any kind, or holders of them such as maps, are of this schema. */
const isOpen = (ast: SchemaAST.AST): boolean => {
  if (SchemaAST.isDeclaration(ast)) return ast.typeParameters.length > 0 && !isClass(ast)
  if (!SchemaAST.isObjects(ast)) return ["Unknown", "Any", "ObjectKeyword"].includes(ast._tag)
  return ast.propertySignatures.length + ast.indexSignatures.length === 0
}

/** The most parts that are examined: a schema that creates its own parts can have no end. */
const MOST_PARTS = 10_000

/** Whether a schema has transformations of the author's, or takes values of any kind. */
const mayLose = (root: SchemaAST.AST): boolean => {
  const found = new Set([root])
  for (const ast of found) {
    if (ast.encoding && !isClass(ast)) return true
    if (isOpen(ast)) return true
    for (const part of partsOf(ast)) found.add(part)
    if (found.size > MOST_PARTS) return true
  }
  return false
}

/** Makes the form of states of this schema. */
export const stateForm = (
  { ast }: Schema.Codec<unknown, unknown>,
  codec: SchemaCodec<unknown>,
): StateForm => {
  const misfits = misfitsAmongNew(SchemaAST.toType(ast))
  // A transformation can lose something, so only writing and reading tells what remains.
  if (mayLose(ast)) return { settled: (state) => frozen(codec.decode(codec.encode(state))) }
  return {
    settled: (state) => {
      if (misfits(state)) codec.encode(state)
      const isFixed = typeof state === "object" && state !== null && Object.isFrozen(state)
      return frozen(isFixed ? tidiedCopy(state) : tidied(state))
    },
  }
}
