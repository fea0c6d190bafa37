/** Faults of the shop: mistakes that a programmer may make in its handlers. */
import { CheckoutActor } from "../../examples/shop/orders/checkout.ts"
import { Checkouts, Orders } from "../../examples/shop/orders/contract.ts"
import { Order } from "../../examples/shop/orders/order.ts"
import { Deliveries } from "../../examples/shop/delivery/contract.ts"
import { DeliveryActor } from "../../examples/shop/delivery/delivery.ts"
import { Payment } from "../../examples/shop/payments/payment.ts"
import { ItemActor } from "../../examples/shop/stock/item.ts"
import type { Reaction } from "../../actors/internal.ts"
import { decideAs, decides, evolves, type Plant, reacts } from "./operators.ts"

const [steps, reports, carrier] = [
  "orders.checkout-steps",
  "orders.checkout-reports",
  "delivery.carrier",
]

const nothing = () => []

const first = <T>(list: readonly T[]): readonly T[] => list.slice(0, 1)

const without = (...types: readonly string[]) => (reactions: readonly Reaction[]) =>
  reactions.filter((each) => !(each.kind === "ask" && types.includes(each.command.type)))

const isTimer = ({ kind }: Reaction): boolean => kind === "later"

const { StockSecured, CheckoutAbandoned } = Checkouts.events

/** The one fault that changes nothing once everything is at rest. */
export const LEAVE_UNNOTICED = "goods that leave after all are not noticed"

/** What is planted, by a sentence that says how the shop is wrong. */
export const shopFaults: Readonly<Record<string, Plant>> = {
  // Stock.
  "reserving does not look at what is on hand": decideAs(
    ItemActor,
    "ReserveStock",
    (item) => ({ ...item, onHand: 1e9 }),
  ),
  "nobody is told that an item is short": decides(
    ItemActor,
    "ReserveStock",
    (events) => events.filter(({ type }) => type !== "StockShort"),
  ),
  "released goods are not on hand again": evolves(
    ItemActor,
    "StockReleased",
    (before, after) => ({ ...after, onHand: before.onHand }),
  ),
  "shipped goods stay reserved": evolves(
    ItemActor,
    "StockShipped",
    (before, after) => ({ ...after, reserved: before.reserved }),
  ),
  "reserved goods stay on hand": evolves(
    ItemActor,
    "StockReserved",
    (before, after) => ({ ...after, onHand: before.onHand }),
  ),
  "returned goods are lost": evolves(ItemActor, "StockReturned", (before) => before),
  "goods are shipped once more than they were reserved": decides(
    ItemActor,
    "ShipStock",
    (events) => [...events, ...events],
  ),
  "goods that are released stay reserved": decides(
    ItemActor,
    "ReleaseStock",
    nothing,
  ),
  // Payments.
  "a payment that comes while it is withdrawn is kept": decideAs(
    Payment,
    "ConfirmPayment",
    (payment) => payment.state === "withdrawn" ? { ...payment, state: "asked" as const } : payment,
  ),
  "an open charge is not withdrawn": decides(
    Payment,
    "RefundPayment",
    (events, { state }) => state === "asked" ? [] : events,
  ),
  "a payment that was not requested yet is not withdrawn": decides(
    Payment,
    "RefundPayment",
    (events, { state }) => state === "open" ? [] : events,
  ),
  "money that was taken is not given back": decides(
    Payment,
    "RefundPayment",
    (events, { state }) => state === "taken" ? [] : events,
  ),
  "a refund is not noted": evolves(Payment, "PaymentRefunded", (before) => before),
  "a withdrawn payment is requested again": decideAs(
    Payment,
    "TakePayment",
    (payment) => payment.state === "withdrawn" ? { ...payment, state: "open" as const } : payment,
  ),
  // Checkouts.
  "an item that is reserved too late stays reserved": decides(
    CheckoutActor,
    "NoteReserved",
    (events, { stage }) => stage === "abandoned" ? first(events) : events,
  ),
  "stock counts as secured one item too early": decides(
    CheckoutActor,
    "NoteReserved",
    (events, { stage, items, reserved, amount }) =>
      stage === "reserving" && reserved.length + 2 === items.length && events.length === 1
        ? [...events, StockSecured({ amount })]
        : events,
  ),
  "the last item is not noticed": decides(CheckoutActor, "NoteReserved", first),
  "a short item is not noticed": decides(CheckoutActor, "NoteShort", nothing),
  "a payment counts although the checkout was abandoned": decideAs(
    CheckoutActor,
    "NotePaid",
    (checkout) =>
      checkout.stage === "abandoned" ? { ...checkout, stage: "paying" as const } : checkout,
  ),
  // Found only where nothing is hours late: otherwise it may as well have expired before.
  "a declined payment is not noticed": decides(CheckoutActor, "NoteDeclined", nothing),
  // Nothing that lasts: when these goods come back, the checkout notes that they had left. The
  // test of equivalent faults tries every order of reports.
  [LEAVE_UNNOTICED]: decides(
    CheckoutActor,
    "NoteDispatched",
    (events, { stage }) => stage === "abandoned" ? [] : events,
  ),
  "goods that never left stay reserved": decides(CheckoutActor, "NoteNotDispatched", nothing),
  "goods that come back are not taken in": decides(
    CheckoutActor,
    "NoteReturned",
    (events) => events.filter(({ type }) => type !== "ItemsReturned"),
  ),
  "a delivery that overtakes its dispatch is not noticed": decides(
    CheckoutActor,
    "NoteDelivered",
    (events, { stage }) => stage === "delivering" ? [] : events,
  ),
  "a return that overtakes its dispatch is not noticed": decides(
    CheckoutActor,
    "NoteReturned",
    (events, { sent }) => sent ? events : [],
  ),
  "a checkout expires although it is paid": decideAs(
    CheckoutActor,
    "ExpirePayment",
    (checkout) =>
      checkout.stage === "delivering" ? { ...checkout, stage: "paying" as const } : checkout,
  ),
  "a checkout never expires": decides(CheckoutActor, "ExpirePayment", nothing),
  "a completed checkout cannot be abandoned": decides(
    CheckoutActor,
    "AbandonCheckout",
    (events, { stage }) => stage === "completed" ? [] : events,
  ),
  "a cancelled order that has no checkout yet gets one": decides(
    CheckoutActor,
    "AbandonCheckout",
    (events, { stage }) => stage === "none" ? [] : events,
  ),
  "an abandoned checkout forgets what was reserved": decides(
    CheckoutActor,
    "AbandonCheckout",
    (events) =>
      events.map((event) =>
        event.type === "CheckoutAbandoned"
          ? CheckoutAbandoned({ ...event.data, reserved: [] })
          : event
      ),
  ),
  "a reserved item is not remembered": evolves(
    CheckoutActor,
    "ItemReserved",
    (before) => before,
  ),
  "goods that leave revive an abandoned checkout": evolves(
    CheckoutActor,
    "GoodsDispatched",
    (_, after) => ({ ...after, stage: "dispatched" as const }),
  ),
  // Deliveries.
  "a delivery that was cancelled before is arranged": decideAs(
    DeliveryActor,
    "ArrangeDelivery",
    (delivery) =>
      delivery.state === "cancelled" ? { ...delivery, state: "none" as const } : delivery,
  ),
  "goods on their way are not called back": decides(
    DeliveryActor,
    "CancelDelivery",
    (events, { state }) => state === "dispatched" ? [] : events,
  ),
  // Orders.
  "a completed order can be cancelled": decideAs(
    Order,
    "CancelOrder",
    (order) => order.state === "completed" ? { ...order, state: "placed" as const } : order,
  ),
  "a cancelled order is completed": decideAs(
    Order,
    "CompleteOrder",
    (order) => order.state === "cancelled" ? { ...order, state: "placed" as const } : order,
  ),
  // Policies.
  "no timer waits for a payment": reacts(
    steps,
    Checkouts,
    "StockSecured",
    (reactions) => reactions.filter((each) => !isTimer(each)),
  ),
  "the timers of all orders have one name": reacts(
    steps,
    Checkouts,
    "StockSecured",
    (reactions) =>
      reactions.map((each) => each.kind === "later" ? { ...each, name: "payment" } : each),
  ),
  "an abandoned checkout gives no money back": reacts(
    steps,
    Checkouts,
    "CheckoutAbandoned",
    without("RefundPayment"),
  ),
  "only the first item is shipped": reacts(steps, Checkouts, "GoodsDispatched", first),
  "a cancelled order is not reported": reacts(reports, Orders, "OrderCancelled", nothing),
  "what could not be delivered is not sent back": reacts(
    carrier,
    Deliveries,
    "DeliveryFailed",
    nothing,
  ),
}
