/** The screen that a person sees once the system is up: its addresses, and what to try. */

/** The addresses of the running system. */
export interface Addresses {
  /** The address of the gateway. */
  readonly url: string
  readonly natsUrl: string
  readonly databaseUrl: string
}

/** What to try with an application, as text, given the address of its gateway. */
export type Hints = (url: string) => string

/** One screen of text; its last line is `ready <the gateway's address>`. */
export function welcome({ url, natsUrl, databaseUrl }: Addresses, hints?: Hints): string {
  return `
  gateway   ${url}
  nats      ${withoutPassword(natsUrl)}
  postgres  ${withoutPassword(databaseUrl)}

${hints ? `${hints(url)}\n\n` : ""}Press Ctrl-C to stop; the data is kept for the next start.

ready ${url}
`
}

/** Hides passwords in addresses, because addresses end up on screens and in logs. */
export const withoutPassword = (addresses: string): string =>
  addresses.replace(/(\/\/[^:@/,]*):[^@/,]*@/g, "$1:***@")
