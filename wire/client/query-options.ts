/** The options of a query: how current the views must be, which page, and how long to wait. */
import type { Claims } from "../identity/user.ts"

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
  /** The user who asks. Only a process with a key of `LEFTFOLD_PRINCIPAL_KEYS` can say so. */
  readonly principal?: string | undefined
  /** What is known of the principal, as rules read it. */
  readonly claims?: Claims | undefined
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
