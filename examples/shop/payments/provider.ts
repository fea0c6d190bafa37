/** The provider: moves the money. A port. */

/**
 * The outcome of a charge. For an open one, the provider reports later that the customer has paid.
 */
export type Charge =
  | { readonly type: "taken" }
  | { readonly type: "open" }
  | { readonly type: "declined"; readonly reason: string }

/** Moves money. Called again for the same payment, it gives the same answer and moves no more. */
export interface Provider {
  readonly charge: (payment: string, amount: number) => Promise<Charge>
  readonly refund: (payment: string, amount: number) => Promise<void>
}
