/** What is answered to queries that would read, or answer with, more than their bounds allow. */
import { TooLarge } from "../../contracts/internal.ts"

/** That a row is larger than an answer may be. */
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

/** That a query reads more than it may. */
export const queryTooLarge = (query: string, rows: number, bytes: number): TooLarge =>
  new TooLarge({
    message: `${query} reads more than ${rows} rows or ${bytes} bytes with one statement: narrow ` +
      "it, add up in SQL, or answer it in pages with QueryHandler.rows",
  })

/** That an answer is larger than one message may be. */
export const answerTooLarge = (query: string, bytes: number, most: number): TooLarge =>
  new TooLarge({
    message:
      `the answer to ${query} takes ${bytes} bytes, and an answer has at most ${most}: ask ` +
      "for less, or answer it in pages with QueryHandler.rows",
  })
