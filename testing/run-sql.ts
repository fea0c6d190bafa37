/** Lets tests run statements as any user of a database. */
export { runSql } from "../app/development/postgres/run-sql.ts"
