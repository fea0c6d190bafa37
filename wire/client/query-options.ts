/** The options of a query: how current the views must be, which page, and how long to wait. */

/**
 * The options of a query.
 *
 * ```ts
 * const options: QueryOptions = { after: "orders:1234", page: { limit: 50 }, timeoutMs: 2_000 }
 * const { result, next } = await client.query(OrdersOfCustomer, { customer: "ada" }, options)
 * ```
 */
export interface QueryOptions {
  /** Positions that the views must have reached, such as `orders:1234`. */
  readonly after?: string | undefined
  /**
   * The position of an answer that the caller has. The next one comes once the rows of its views
   * have changed since, or shortly before the caller stops waiting.
   */
  readonly newerThan?: string | undefined
  /** The page of a query that is answered in pages; by default the first one. */
  readonly page?: PageOptions | undefined
  /** How long the caller waits, in milliseconds. */
  readonly timeoutMs?: number | undefined
}

/** A page of rows. */
export interface PageOptions {
  /** The largest number of rows. */
  readonly limit?: number | undefined
  /** The value of `next` in the previous answer. */
  readonly after?: string | undefined
}
