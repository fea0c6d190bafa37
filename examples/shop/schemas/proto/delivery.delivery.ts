/** The Protobuf numbers of delivery.delivery, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "DispatchDelivery": { "fields": [] },
    "CompleteDelivery": { "fields": [] },
    "FailDelivery": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "ReturnDelivery": { "fields": [] },
    "ArrangeDelivery": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"}
      ] },
    "CancelDelivery": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "DeliveryArranged": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"}
      ] },
    "DeliveryDispatched": { "fields": [
        {"number":1,"name":"customer","kind":"string"},
        {"number":2,"name":"address","kind":"string"}
      ] },
    "DeliveryCompleted": { "fields": [] },
    "DeliveryFailed": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "DeliveryReturned": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "DeliveryCancelled": { "fields": [
        {"number":1,"name":"reason","kind":"string"}
      ] },
    "NotArranged": { "fields": [] },
    "NotDispatched": { "fields": [] },
    "NotFailed": { "fields": [] }
  }
}`)
