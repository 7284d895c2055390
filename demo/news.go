package demo

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// newsURL is where a page hears of mail that came after the newest it shows;
// address "" means in any mailbox.
func (c *mailClient) newsURL(address string, newest time.Time) string {
	q := url.Values{"after": {"0"}}
	if !newest.IsZero() {
		q.Set("after", strconv.FormatInt(newest.UnixNano(), 10))
	}
	if address != "" {
		q.Set("box", address)
	}
	return c.path + "/news?" + q.Encode()
}

// heartbeat keeps proxies from taking a quiet connection for a dead one, and
// finds out that a client went.
const heartbeat = 15 * time.Second

// news is a stream of server-sent events: each holds the number of mails newer
// than the page that listens.
func (c *mailClient) news(w http.ResponseWriter, r *http.Request) {
	nanos, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		http.Error(w, "after must be a time in nanoseconds since 1970", http.StatusBadRequest)
		return
	}
	after, box := time.Unix(0, nanos), strings.ToLower(r.FormValue("box"))
	deliveries, stop := c.mail.Watch()
	defer stop()
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	// The server's deadline for reading a request would end the stream too.
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		c.log.DebugContext(r.Context(), "news keep their read deadline", "error", err)
	}
	send := func(text string) bool {
		// The server's own deadline is for answers that end.
		if err := out.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
			c.log.DebugContext(r.Context(), "news have no write deadline", "error", err)
		}
		_, err := fmt.Fprint(w, text)
		return err == nil && out.Flush() == nil
	}
	count := func() string { return fmt.Sprintf("data: %d\n\n", c.newer(box, after)) }
	// What came between the page and this request is told at once.
	if !send("retry: 2000\n" + count()) {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		case address, ok := <-deliveries:
			if !ok {
				return
			}
			relevant := box == "" || address == box
			for more := true; more; { // a burst is one piece of news
				select {
				case address, ok := <-deliveries:
					if !ok {
						return
					}
					relevant = relevant || address == box
				default:
					more = false
				}
			}
			if relevant && !send(count()) {
				return
			}
		}
	}
}

// newer counts the mails that arrived after a time, in one mailbox or all.
func (c *mailClient) newer(box string, after time.Time) int {
	boxes := []string{box}
	if box == "" {
		boxes = c.mail.Mailboxes()
	}
	n := 0
	for _, b := range boxes {
		for _, m := range c.mail.Messages(b) {
			if m.Received.After(after) {
				n++
			}
		}
	}
	return n
}
