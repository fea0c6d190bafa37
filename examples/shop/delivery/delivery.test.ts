/** Tests of deliveries and their carrier. */
import { ask } from "leftfold/actors"
import { given, test } from "leftfold/testing"
import { Carrier } from "./carrier.ts"
import { Deliveries } from "./contract.ts"
import { DeliveryActor } from "./delivery.ts"

const { commands, events, rejections } = Deliveries

const where = { customer: "ada", address: "1 Main St" }
const reason = "nobody there"
const arranged = events.DeliveryArranged(where)
const dispatched = events.DeliveryDispatched(where)
const completed = events.DeliveryCompleted()
const failed = events.DeliveryFailed({ reason })
const returned = events.DeliveryReturned({ reason })
const cancelled = events.DeliveryCancelled({ reason })

test("a delivery is arranged, dispatched and completed, each once", () => {
  given(DeliveryActor).when(commands.ArrangeDelivery(where)).then(arranged)
  given(DeliveryActor, arranged).when(commands.DispatchDelivery()).then(dispatched)
  given(DeliveryActor, arranged, dispatched).when(commands.CompleteDelivery()).then(completed)
  given(DeliveryActor, arranged).when(commands.ArrangeDelivery(where)).thenNothing()
  given(DeliveryActor, arranged, dispatched).when(commands.DispatchDelivery()).thenNothing()
  given(DeliveryActor, arranged, dispatched, completed)
    .when(commands.CompleteDelivery())
    .thenNothing()
})

test("one step cannot be taken before the other", () => {
  const { NotArranged, NotDispatched, NotFailed } = rejections
  given(DeliveryActor).when(commands.DispatchDelivery()).thenRejected(NotArranged())
  given(DeliveryActor, arranged).when(commands.CompleteDelivery()).thenRejected(NotDispatched())
  given(DeliveryActor, arranged)
    .when(commands.FailDelivery({ reason }))
    .thenRejected(NotDispatched())
  given(DeliveryActor, arranged, dispatched)
    .when(commands.ReturnDelivery())
    .thenRejected(NotFailed())
})

test("a failed delivery is returned, once", () => {
  const sent = [arranged, dispatched]
  given(DeliveryActor, ...sent).when(commands.FailDelivery({ reason })).then(failed)
  given(DeliveryActor, ...sent, failed).when(commands.ReturnDelivery()).then(returned)
  given(DeliveryActor, ...sent, failed, returned).when(commands.ReturnDelivery()).thenNothing()
})

test("a cancelled delivery is not dispatched, and what was dispatched is sent back", () => {
  const cancel = commands.CancelDelivery({ reason })
  given(DeliveryActor).when(cancel).then(cancelled)
  given(DeliveryActor, cancelled).when(commands.ArrangeDelivery(where)).thenNothing()
  given(DeliveryActor, arranged).when(cancel).then(cancelled)
  given(DeliveryActor, arranged, cancelled)
    .when(commands.DispatchDelivery())
    .thenRejected(rejections.NotArranged())
  given(DeliveryActor, arranged, dispatched).when(cancel).then(failed)
  given(DeliveryActor, arranged, dispatched, completed).when(cancel).then(failed)
  given(DeliveryActor, arranged, dispatched, failed).when(cancel).thenNothing()
})

test("the carrier brings everything but what nobody can find, which it brings back", () => {
  const to = (command: Parameters<typeof ask<typeof Deliveries>>[2]) =>
    ask(Deliveries, "o-1", command)
  const nowhere = events.DeliveryDispatched({ customer: "ada", address: "nowhere 7" })
  const of = { id: "o-1" }
  given(Carrier).when(arranged, of).thenAsks(to(commands.DispatchDelivery()))
  given(Carrier).when(dispatched, of).thenAsks(to(commands.CompleteDelivery()))
  const fail = commands.FailDelivery({ reason: "nobody could be found at the address" })
  given(Carrier).when(nowhere, of).thenAsks(to(fail))
  given(Carrier).when(failed, of).thenAsks(to(commands.ReturnDelivery()))
  given(Carrier).when(completed, of).thenNothing()
})
