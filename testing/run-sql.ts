/** Lets tests run statements as any user of a database. */
export { runSql } from "../servers/run-sql.ts"
