/** The errors for queries that would read or answer more than their bounds allow. */
import { TooLarge } from "../../contracts/internal.ts"

/** The error for a row that is larger than an answer can be. */
export const rowTooLarge = (
  projection: string,
  key: string,
  bytes: number,
  most: number,
): TooLarge =>
  new TooLarge({
    message:
      `the row "${key.slice(0, 128)}" of ${projection} takes ${bytes} bytes, and an answer ` +
      `has at most ${most}: bound the texts of the row where they are accepted`,
  })

/** The error for a query that reads more than its bound. */
export const queryTooLarge = (query: string, rows: number, bytes: number): TooLarge =>
  new TooLarge({
    message: `${query} reads more than ${rows} rows or ${bytes} bytes with one statement: narrow ` +
      "it, add up in SQL, or answer it in pages with QueryHandler.rows",
  })

/** The error for an answer that is larger than one message can be. */
export const answerTooLarge = (query: string, bytes: number, most: number): TooLarge =>
  new TooLarge({
    message:
      `the answer to ${query} takes ${bytes} bytes, and an answer has at most ${most}: ask ` +
      "for less, or answer it in pages with QueryHandler.rows",
  })
