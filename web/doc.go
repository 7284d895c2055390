// Package web serves the HTTP API under /v1 and the pages people read.
//
// The API is described by /v1/openapi.json, which is derived from the Go types
// that the handlers use. Its errors are application/problem+json (RFC 9457):
// everything that is wrong with a request at once, each fault with its place.
// Requests that create something may carry an Idempotency-Key; sent again they
// change nothing and are answered with the same bytes.
//
// The pages are rendered here, with html/template, and work without JavaScript;
// one small script says when something new came in. They load nothing from
// other hosts. There is no sign-in yet: whoever reaches the pages reads and
// writes as anybody, which is why they exist only where [Options.Pages] asks
// for them, as the demo does on a loopback address.
//
// The pages behind action links are for the internet: the token in the address
// is the authority, good for one person, one thing and a time. GET says what
// would happen and changes nothing, POST does it. What can't be taken back is
// done only as the answer to a question that was mailed.
//
// What it will not do: listen, speak TLS, limit how long a request may take
// (all three belong to the http.Server around it), or decide any rule of the
// product, which the root package and the store do.
//
// The package starts no goroutine; [Live.Run] is one that its caller starts, and
// keeps one connection to PostgreSQL for all who listen.
package web
