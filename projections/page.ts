/** A page of the rows that answer a query. */
import type { RowsSeen } from "../wire/internal.ts"

/** Which page to answer; without fields, the first one at full length. */
export interface PageAsked {
  /** The most rows. */
  readonly limit?: number | undefined
  /** The cursor of the row that the page begins after. */
  readonly after?: string | undefined
  /** The rows that its reader may see; all by default. */
  readonly seen?: RowsSeen | undefined
}

/** Rows in their order, and the cursor after each of them. */
export class Page {
  readonly rows: readonly object[]
  /** Whether more rows follow. */
  readonly more: boolean
  readonly #cursorOf: (index: number) => string

  constructor(rows: readonly object[], more: boolean, cursorOf: (index: number) => string) {
    this.rows = rows
    this.more = more
    this.#cursorOf = cursorOf
  }

  /** The first rows of this page. */
  first(count: number): Page {
    if (count >= this.rows.length) return this
    return new Page(this.rows.slice(0, count), true, this.#cursorOf)
  }

  /** The same page with each row replaced by another one. */
  with(rows: readonly object[]): Page {
    return new Page(rows, this.more, this.#cursorOf)
  }

  /** The cursor of the row at this place. */
  cursorAt(index: number): string {
    return this.#cursorOf(index)
  }

  /** The cursor that the next page begins after; undefined on the last page. */
  get next(): string | undefined {
    return this.more && this.rows.length > 0 ? this.#cursorOf(this.rows.length - 1) : undefined
  }
}
