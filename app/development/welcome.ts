/** The screen that a person sees once the system is up: its addresses, and what to try. */

/** The addresses of the running system. */
export interface Addresses {
  /** The address of the gateway. */
  readonly url: string
  readonly natsUrl: string
  readonly databaseUrl: string
}

/**
 * One screen of text. `screen` is what the application says of itself, in whole lines. The last
 * line is `ready <the gateway's address>`.
 */
export function welcome({ url, natsUrl, databaseUrl }: Addresses, screen?: string): string {
  return `
  gateway   ${url}
  nats      ${withoutPassword(natsUrl)}
  postgres  ${withoutPassword(databaseUrl)}

${screen ? `${screen}\n` : ""}Press Ctrl-C to stop; the data is kept for the next start.

ready ${url}
`
}

/** Hides passwords in addresses, because addresses end up on screens and in logs. */
export const withoutPassword = (addresses: string): string =>
  addresses.replace(/(\/\/[^:@/,]*):[^@/,]*@/g, "$1:***@")
