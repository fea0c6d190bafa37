/** The options of a query: how far the views must be, which page, and how long to wait. */

/**
 * What accompanies a question.
 *
 * ```ts
 * const options: QueryOptions = { after: "orders:1234", page: { limit: 50 }, timeoutMs: 2_000 }
 * const { result, next } = await client.query(OrdersOfCustomer, { customer: "ada" }, options)
 * ```
 */
export interface QueryOptions {
  /** Positions that the views must have reached, such as `orders:1234`. */
  readonly after?: string | undefined
  /** Which page, where the query is answered in pages; the first one unless it is said. */
  readonly page?: PageOptions | undefined
  /** How long the caller waits, in milliseconds. */
  readonly timeoutMs?: number | undefined
}

/** A page of rows. */
export interface PageOptions {
  /** How many rows at most. */
  readonly limit?: number | undefined
  /** What the answer before has said as `next`. */
  readonly after?: string | undefined
}
