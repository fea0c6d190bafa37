/** The parts of a schema whose check costs more than in proportion to the checked value. */
import { SchemaAST } from "effect"

/** The parts of a schema whose cost must be bounded by more than the size of a value. */
export interface SchemaCost {
  /** Alternatives that no field tells apart: each is tried, and all nested ones within each. */
  readonly tries: boolean
  /** Numbers of any length: the time to read one grows with the square of its digits. */
  readonly digits: boolean
  /** Items that must differ: each is compared with all others of the same hash. */
  readonly compares: boolean
}

type Ast = SchemaAST.AST

const { isArrays, isBigInt, isDeclaration, isLiteral, isObjects, isSuspend, isTemplateLiteral } =
  SchemaAST
const { isOptional, isUnion } = SchemaAST

/** The schemas that a schema consists of. */
const partsOf = (ast: Ast): readonly Ast[] => {
  const encoded = ast.encoding?.map(({ to }) => to) ?? []
  if (isSuspend(ast)) return [...encoded, ast.thunk()]
  if (isUnion(ast)) return [...encoded, ...ast.types]
  if (isArrays(ast)) return [...encoded, ...ast.elements, ...ast.rest]
  if (isDeclaration(ast)) return [...encoded, ...ast.typeParameters]
  if (isTemplateLiteral(ast)) {
    return [...encoded, ...ast.parts]
  }
  if (!isObjects(ast)) return encoded
  const indexed = ast.indexSignatures.flatMap(({ parameter, type }) => [parameter, type])
  return [...encoded, ...ast.propertySignatures.map(({ type }) => type), ...indexed]
}

/** The most parts that are examined: a schema that creates its own parts can have no end. */
const MOST_PARTS = 10_000

const allPartsOf = (root: Ast): ReadonlySet<Ast> => {
  const found = new Set([root])
  for (const ast of found) {
    for (const part of partsOf(ast)) found.add(part)
    if (found.size > MOST_PARTS) break
  }
  return found
}

/** The encoded side of a schema, which is what arrives; each alternative of a union alone. */
const arrivals = (ast: Ast): readonly Ast[] => {
  const arrives = ast.encoding?.at(-1)?.to
  if (arrives) return arrivals(arrives)
  return isUnion(ast) ? ast.types.flatMap(arrivals) : [ast]
}

const SCALARS = new Set([
  ...["Null", "Undefined", "Void", "Never", "String", "TemplateLiteral", "Number", "Boolean"],
  ...["BigInt", "Symbol", "UniqueSymbol", "Enum", "Literal"],
])

/** The literal fields that mark an alternative: each name with its value. */
const marksOf = (ast: Ast): ReadonlyMap<PropertyKey, unknown> => {
  const marks = new Map<PropertyKey, unknown>()
  if (!isObjects(ast)) return marks
  for (const { name, type } of ast.propertySignatures) {
    if (isLiteral(type) && !isOptional(type)) marks.set(name, type.literal)
  }
  return marks
}

/** Whether one literal field tells all these maps apart. */
const areMarked = (maps: readonly Ast[]): boolean => {
  const marks = maps.map(marksOf)
  return [...marks[0]?.keys() ?? []].some((name) =>
    marks.every((each) => each.has(name)) &&
    new Set(marks.map((each) => each.get(name))).size === maps.length
  )
}

const isTried = (ast: Ast): boolean => {
  if (!isUnion(ast)) return false
  const open = ast.types.flatMap(arrivals).filter(({ _tag }) => !SCALARS.has(_tag))
  const lists = open.filter(isArrays)
  const maps = open.filter(isObjects)
  if (lists.length + maps.length < open.length) return open.length > 1
  return lists.length > 1 || (maps.length > 1 && !areMarked(maps))
}

const idOf = (ast: Ast): string => {
  const { representation } = ast.annotations as { representation?: { id?: unknown } } ?? {}
  return String(representation?.id ?? "")
}

const readsDigits = (ast: Ast): boolean =>
  isBigInt(ast) || /\/(BigDecimal|ByteSize|Duration)$/.test(idOf(ast))

/** Whether a check, or one of a group of them, wants the items of a list to differ. */
const isOfDifferent = (check: SchemaAST.Check<unknown>): boolean => {
  if ("checks" in check) return check.checks.some(isOfDifferent)
  const constraint = check.annotations?.arbitraryConstraint as { uniqueBy?: unknown } | undefined
  return constraint?.uniqueBy !== undefined
}

const comparesItems = (ast: Ast): boolean =>
  /\/Hash(Set|Map)$/.test(idOf(ast)) || (ast.checks ?? []).some(isOfDifferent)

/** Which of these costs a schema has. A schema with too many parts counts as having all. */
export const costOf = (root: Ast): SchemaCost => {
  const parts = [...allPartsOf(root)]
  if (parts.length > MOST_PARTS) return { tries: true, digits: true, compares: true }
  return {
    tries: parts.some(isTried),
    digits: parts.some(readsDigits),
    compares: parts.some(comparesItems),
  }
}
