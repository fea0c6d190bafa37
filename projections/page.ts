/** A page of the rows that a query is answered with. */

/** Which page is asked for; the first one, as long as it may be, unless it says more. */
export interface PageAsked {
  /** How many rows at most. */
  readonly limit?: number | undefined
  /** The cursor of the row after which the page begins. */
  readonly after?: string | undefined
}

/** Rows in their order, and how to go on after each of them. */
export class Page {
  readonly rows: readonly object[]
  /** Whether there are rows after these. */
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

  /** The same page with other rows in the places of its own. */
  with(rows: readonly object[]): Page {
    return new Page(rows, this.more, this.#cursorOf)
  }

  /** The cursor of the row at this place. */
  cursorAt(index: number): string {
    return this.#cursorOf(index)
  }

  /** The cursor after which the next page begins; nothing when this is the last one. */
  get next(): string | undefined {
    return this.more && this.rows.length > 0 ? this.#cursorOf(this.rows.length - 1) : undefined
  }
}
