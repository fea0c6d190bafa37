/** Limits of the server for agents. */
export const AGENTS = {
  /** Characters of one message. */
  messageCharacters: 4_194_304,
  /** Calls that are answered at the same time; one more is refused. */
  atOnce: 16,
  /** Characters of one result. A larger one is refused, with advice. */
  resultCharacters: 400_000,
} as const
