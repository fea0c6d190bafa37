/**
 * A transaction in Postgres, on a connection of its own. The client's own transactions write to a
 * lost connection, which ends the process; here that is an error like any other.
 */
import type { ParameterOrFragment, Row, Sql, TransactionSql } from "postgres"
import { connect } from "./connection-postgres.ts"

/** What statements of a transaction are written with. */
export interface Transaction extends Pick<TransactionSql, "unsafe"> {
  <T extends readonly (object | undefined)[] = Row[]>(
    template: TemplateStringsArray,
    ...values: readonly ParameterOrFragment<number>[]
  ): PromiseLike<T>
}

/** Runs work in a transaction. Commits when it resolves, rolls back otherwise. */
export type Begin = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>

/** An error as the client makes it. */
const lostError = (): Error =>
  Object.assign(new Error("the connection was lost"), { code: "CONNECTION_CLOSED" })

/** Makes transactions at this URL. */
export const transactionsAt = (url: string): Begin => async (work) => {
  let lost = false
  const sql = connect(url, 1, () => lost = true)
  const present = (): Sql => {
    // A new connection would not be in the transaction.
    if (lost) throw lostError()
    return sql
  }
  const transaction = Object.assign(
    (template: TemplateStringsArray, ...values: never[]) => present()(template, ...values),
    { unsafe: ((...given) => present().unsafe(...given)) as Sql["unsafe"] },
  ) as unknown as Transaction
  try {
    await transaction`begin`
    const result = await work(transaction)
    await transaction`commit`
    return result
  } finally {
    // Postgres rolls back what is not committed when the connection ends.
    await sql.end({ timeout: 0 })
  }
}

/** Runs work that is rolled back alone if it fails, while the transaction continues. */
export const nested = async <T>(transaction: Transaction, work: () => Promise<T>): Promise<T> => {
  await transaction`savepoint nested`
  try {
    const result = await work()
    await transaction`release savepoint nested`
    return result
  } catch (error) {
    await transaction`rollback to savepoint nested`
    throw error
  }
}
