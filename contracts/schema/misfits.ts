/** Finds out, quickly, whether a value may not be of its schema's type, or has unknown fields. */
import { Schema, SchemaAST } from "effect"

/** Whether a value may not be of a type. False is certain; true is for a whole check to decide. */
export type Misfits = (value: unknown) => boolean

type Ast = SchemaAST.AST

const { isArrays, isDeclaration, isObjects, isOptional, isSuspend, isUnion } = SchemaAST

/** The types that a look tells from all others; the rest is for a whole check to decide. */
const PRIMITIVES: { readonly [tag: string]: Misfits } = {
  String: (value) => typeof value !== "string",
  Number: (value) => typeof value !== "number",
  Boolean: (value) => typeof value !== "boolean",
  BigInt: (value) => typeof value !== "bigint",
  Undefined: (value) => value !== undefined,
  Null: (value) => value !== null,
  Unknown: () => false,
}

const PARSE_OPTIONS: SchemaAST.ParseOptions = { errors: "first" }

const unclear: Misfits = () => true

/** Whether a check, such as of a number's range, fails. */
const failing = (check: SchemaAST.Check<unknown>, ast: Ast): Misfits => {
  if (check._tag === "Filter") return (value) => check.run(value, ast, PARSE_OPTIONS) !== undefined
  return anyOf(check.checks.map((each) => failing(each, ast)))
}

/** Whether one of these functions answers so. Loops without a closure for each value are faster. */
const anyOf = (all: readonly Misfits[]): Misfits => {
  const [only, ...others] = all
  if (only && others.length === 0) return only
  return (value) => {
    for (let index = 0; index < all.length; index++) if (all[index]!(value)) return true
    return false
  }
}

const allOf = (all: readonly Misfits[]): Misfits => (value) => {
  for (let index = 0; index < all.length; index++) if (!all[index]!(value)) return false
  return true
}

const isFrozenPart = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.isFrozen(value)

/** Makes the functions for a schema and its parts, each once. */
class MisfitsOf {
  readonly #made = new Map<Ast, Misfits>()

  /** Parts that are frozen were looked into before. */
  of(ast: Ast): Misfits {
    const known = this.#made.get(ast)
    if (known) return known
    const misfits = this.ofWhole(ast)
    const made: Misfits = ast._tag in PRIMITIVES
      ? misfits
      : (value) => !isFrozenPart(value) && misfits(value)
    this.#made.set(ast, made)
    return made
  }

  /** As `of`, but looks into the value itself although it is frozen. */
  ofWhole(ast: Ast): Misfits {
    const misfits = this.#unchecked(ast)
    const { checks } = ast
    if (!checks) return misfits
    const failed = anyOf(checks.map((check) => failing(check, ast)))
    return (value) => misfits(value) || failed(value)
  }

  #unchecked(ast: Ast): Misfits {
    const primitive = PRIMITIVES[ast._tag]
    if (primitive) return primitive
    if (SchemaAST.isLiteral(ast)) return (value) => value !== ast.literal
    // A schema that holds itself is only known when it is used.
    if (isSuspend(ast)) return (value) => this.of(ast.thunk())(value)
    if (isUnion(ast)) return allOf(ast.types.map((each) => this.of(each)))
    if (isArrays(ast)) return this.#array(ast)
    if (isObjects(ast)) return this.#object(ast)
    const [fields] = isDeclaration(ast) ? ast.typeParameters : []
    if (fields) return isObjects(fields) ? this.#ofClass(fields) : unclear
    // Dates, bytes, values of Effect, and other types without parts of their own.
    const is = Schema.is(Schema.make(ast))
    return (value) => !is(value)
  }

  /** A class has fields, and its values are no plain objects. */
  #ofClass(fields: SchemaAST.Objects): Misfits {
    const misfits = this.#object(fields)
    return (value) => Object.getPrototypeOf(Object(value)) === Object.prototype || misfits(value)
  }

  #object({ propertySignatures, indexSignatures }: SchemaAST.Objects): Misfits {
    const parts = propertySignatures.map(({ name, type }) => ({
      name,
      isOptional: isOptional(type),
      misfits: this.of(type),
    }))
    const known = new Set(propertySignatures.map(({ name }) => String(name)))
    const [entries, ...others] = indexSignatures
    const isMap = entries?.parameter._tag === "String" && !entries.parameter.checks
    if (others.length > 0 || (entries && !isMap)) return unclear
    const entry = entries && this.of(entries.type)
    return (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return true
      const fields = value as { readonly [name: PropertyKey]: unknown }
      for (let index = 0; index < parts.length; index++) {
        const { name, isOptional, misfits } = parts[index]!
        const each = fields[name]
        if (each === undefined && !(name in fields)) {
          if (isOptional) continue
          return true
        }
        if (misfits(each)) return true
      }
      for (const name in fields) {
        if (known.has(name) || !Object.hasOwn(fields, name)) continue
        if (!entry || entry(fields[name])) return true
      }
      return false
    }
  }

  #array({ elements, rest }: SchemaAST.Arrays): Misfits {
    if (rest.length > 1 || elements.some(isOptional)) return unclear
    const first = elements.map((each) => this.of(each))
    const each = rest[0] && this.of(rest[0])
    return (value) => {
      if (!Array.isArray(value) || value.length < first.length) return true
      for (let index = 0; index < value.length; index++) {
        const misfits = index < first.length ? first[index] : each
        if (misfits?.(value[index]) ?? true) return true
      }
      return false
    }
  }
}

/**
 * For a type: whether a new value may not be of it. The value consists of new parts, and of parts
 * that were looked into before and are frozen since.
 */
export const misfitsAmongNew = (ast: Ast): Misfits => new MisfitsOf().ofWhole(ast)
