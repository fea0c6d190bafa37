/** The provider: who moves the money. A port. */

/** What becomes of a charge. Of one that is open the provider tells when the customer has paid. */
export type Charge =
  | { readonly type: "taken" }
  | { readonly type: "open" }
  | { readonly type: "declined"; readonly reason: string }

/** Moves money. Asked again for the same payment, it gives the same answer and moves no more. */
export interface Provider {
  readonly charge: (payment: string, amount: number) => Promise<Charge>
  readonly refund: (payment: string, amount: number) => Promise<void>
}
