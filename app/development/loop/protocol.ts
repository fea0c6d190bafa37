/** What the development loop and the process of the application say to each other, in lines. */
import type { StartOptions } from "../../start-options.ts"
import type { PasswordsByUser } from "../passwords.ts"

/** What the loop tells the process. The end of its input tells it to stop. */
export type Order =
  | { readonly do: "load"; readonly module: string; readonly passwords: PasswordsByUser }
  | { readonly do: "start"; readonly options: StartOptions }

/** What an application needs of its servers: its users of NATS, and its roles of Postgres. */
export interface Needs {
  readonly name: string
  readonly nats: Readonly<Record<string, unknown>>
  readonly sql: string
}

/** What the process reports. */
export type Report =
  | { readonly is: "idle" }
  | { readonly is: "loaded"; readonly needs: Needs }
  | { readonly is: "ready"; readonly url: string; readonly screen: string }
  | { readonly is: "failed"; readonly message: string }

/** What begins a report among the lines that the application itself writes. */
const MARK = "\u0001leftfold "

/** A report as a line. */
export const reportLine = (report: Report): string => `${MARK}${JSON.stringify(report)}\n`

/** The report on a line; undefined for a line of the application. */
export const reportOn = (line: string): Report | undefined =>
  line.startsWith(MARK) ? JSON.parse(line.slice(MARK.length)) : undefined
