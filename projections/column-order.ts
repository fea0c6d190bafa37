/** The order of a column's values as Postgres has it, for rows in memory. */
import { Buffer } from "node:buffer"
import { BigDecimal } from "effect"
import type { ColumnType } from "./column.ts"

const ORDERED: ReadonlySet<ColumnType> = new Set<ColumnType>([
  ...["text", "integer", "bigint", "numeric", "double precision"] as const,
  ...["boolean", "timestamptz"] as const,
])

/** Whether rows can be ordered by a column of this type. */
export const isOrdered = (type: ColumnType): boolean => ORDERED.has(type)

/** Not a number comes after all numbers, as in Postgres. */
const compareNumbers = (one: number, other: number): number =>
  Number.isNaN(one) || Number.isNaN(other)
    ? Number(Number.isNaN(one)) - Number(Number.isNaN(other))
    : Math.sign(one < other ? -1 : Number(one > other))

const compareTexts = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other))

/** Compares two plain values of a column of this type; neither is null. */
export const comparePlain = (type: ColumnType, one: unknown, other: unknown): number => {
  switch (type) {
    case "numeric":
      return BigDecimal.Order(
        BigDecimal.fromStringUnsafe(String(one)),
        BigDecimal.fromStringUnsafe(String(other)),
      )
    case "timestamptz":
      return compareNumbers(Date.parse(String(one)), Date.parse(String(other)))
    case "text":
      return compareTexts(String(one), String(other))
    default:
      return compareNumbers(Number(one), Number(other))
  }
}
