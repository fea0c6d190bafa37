/** Finds out, quickly, whether a value may have fields that its schema does not know. */
import { SchemaAST } from "effect"

/**
 * Whether a value may have a field that its schema does not know. False is certain. True is not:
 * of a union it is not known which alternative is meant, so a strict parse must decide.
 */
export type Suspects = (value: unknown) => boolean

type Ast = SchemaAST.AST

const { isArrays, isDeclaration, isLiteral, isObjects, isOptional, isString, isSuspend, isUnion } =
  SchemaAST

/** An object in which each field can be looked up. */
type Fields = { readonly [name: string]: unknown }

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether it has a field of its own that is not known. */
const hasUnknown = (value: Fields, known: ReadonlySet<string>): boolean => {
  for (const name in value) if (!known.has(name) && Object.hasOwn(value, name)) return true
  return false
}

/** The schema of a class's fields, if this is the schema of a class. */
const classFields = (ast: Ast): Ast | undefined => {
  if (!isDeclaration(ast) || ast.typeParameters.length !== 1) return undefined
  const [fields] = ast.typeParameters
  const isClass = Object.hasOwn(ast.annotations ?? {}, "~constructor")
  return isClass && fields && isObjects(fields) ? fields : undefined
}

/** The values of the literal field that tells alternatives apart, and its name. */
const markOf = (alternatives: readonly SchemaAST.Objects[]) => {
  for (const { name } of alternatives[0]?.propertySignatures ?? []) {
    const values = alternatives.map((each) => {
      const type = each.propertySignatures.find((field) => field.name === name)?.type
      return type && isLiteral(type) && !isOptional(type) ? type.literal : undefined
    })
    if (values.includes(undefined) || new Set(values).size < values.length) continue
    return { name: String(name), values }
  }
  return undefined
}

/** Makes the functions for a schema and its parts, each once. */
class SuspectsOf {
  readonly #made = new Map<Ast, Suspects | undefined>()

  /** Undefined if no value of this schema can have an unknown field. */
  of(ast: Ast): Suspects | undefined {
    if (!this.#made.has(ast)) this.#made.set(ast, this.#make(ast))
    return this.#made.get(ast)
  }

  #make(ast: Ast): Suspects | undefined {
    if (isSuspend(ast)) return (value) => this.of(ast.thunk())?.(value) ?? false
    if (isUnion(ast)) return this.#union(ast)
    if (isArrays(ast)) return this.#array(ast)
    if (isObjects(ast)) return this.#object(ast)
    if (!isDeclaration(ast)) return undefined
    const fields = classFields(ast)
    if (fields) return this.of(fields)
    // An option, a map, or any other holder of values: only a strict parse looks into it.
    return ast.typeParameters.some((part) => this.of(part)) ? () => true : undefined
  }

  #object({ propertySignatures, indexSignatures }: SchemaAST.Objects): Suspects | undefined {
    if (propertySignatures.length + indexSignatures.length === 0) return undefined
    const known = new Set(propertySignatures.map(({ name }) => String(name)))
    const parts: { readonly name: string; readonly suspects: Suspects }[] = []
    for (const { name, type } of propertySignatures) {
      const suspects = this.of(type)
      if (suspects) parts.push({ name: String(name), suspects })
    }
    const entries = indexSignatures.flatMap(({ type }) => this.of(type) ?? [])
    const anyName = indexSignatures.some(({ parameter }) =>
      isString(parameter) && !parameter.checks
    )
    if (anyName && parts.length + entries.length === 0) return undefined
    return (value) => {
      if (!isFields(value)) return false
      if (!anyName && hasUnknown(value, known)) return true
      for (const { name, suspects } of parts) if (suspects(value[name])) return true
      for (const suspects of entries) {
        for (const name in value) if (!known.has(name) && suspects(value[name])) return true
      }
      return false
    }
  }

  #array({ elements, rest }: SchemaAST.Arrays): Suspects | undefined {
    const first = elements.map((each) => this.of(each))
    const others = rest.map((each) => this.of(each))
    if ([...first, ...others].every((each) => each === undefined)) return undefined
    const [each] = others
    return (value) => {
      if (!Array.isArray(value)) return false
      for (let index = 0; index < value.length; index++) {
        const suspects = index < first.length ? first[index] : each
        if (suspects?.(value[index])) return true
      }
      // What follows a rest of any length is found by a strict parse only.
      return others.length > 1
    }
  }

  #union({ types }: SchemaAST.Union): Suspects | undefined {
    const open = types.flatMap((type) => {
      const suspects = this.of(type)
      return suspects ? [{ type, suspects }] : []
    })
    const lists = open.filter(({ type }) => isArrays(type))
    const maps = open.filter(({ type }) => isObjects(type))
    const [first] = open
    if (!first) return undefined
    const others = types.some((type) => isObjects(type) && !this.of(type))
    if (open.length === 1 && !others) return first.suspects
    const clear = lists.length <= 1 && lists.length + maps.length === open.length && !others
    const mark = clear ? markOf(maps.map(({ type }) => type as SchemaAST.Objects)) : undefined
    const marked = new Map<unknown, Suspects>(
      maps.map(({ suspects }, index) => [mark?.values[index], suspects]),
    )
    const only = maps.length === 1 ? maps[0]?.suspects : undefined
    return (value) => {
      if (typeof value !== "object" || value === null) return false
      if (clear && Array.isArray(value)) return lists[0]?.suspects(value) ?? false
      if (clear && only) return only(value)
      if (mark) return marked.get((value as Fields)[mark.name])?.(value) ?? false
      return true
    }
  }
}

/**
 * For a side of a schema: whether a value may have unknown fields; undefined if no value can.
 */
export const suspectsOf = (ast: Ast): Suspects | undefined => new SuspectsOf().of(ast)
