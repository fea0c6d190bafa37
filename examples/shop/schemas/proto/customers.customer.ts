/** The Protobuf numbers of customers.customer, written by leftfold schema proto: do not edit. */
export const numbers = JSON.parse(String.raw`{
  "messages": {
    "RegisterCustomer": { "fields": [
        {"number":1,"name":"name","kind":"string"},
        {"number":2,"name":"address","kind":"string"}
      ] },
    "RenameCustomer": { "fields": [
        {"number":1,"name":"name","kind":"string"}
      ] },
    "ChangeAddress": { "fields": [
        {"number":1,"name":"address","kind":"string"}
      ] },
    "CloseCustomer": { "fields": [] },
    "CustomerRegistered": { "fields": [
        {"number":1,"name":"name","kind":"string"},
        {"number":2,"name":"address","kind":"string"}
      ] },
    "CustomerRenamed": { "fields": [
        {"number":1,"name":"name","kind":"string"}
      ] },
    "AddressChanged": { "fields": [
        {"number":1,"name":"address","kind":"string"}
      ] },
    "CustomerClosed": { "fields": [] },
    "AlreadyRegistered": { "fields": [] },
    "NotRegistered": { "fields": [] }
  }
}`)
