package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tradepost-mail/tradepost"
)

// problem makes an RFC 9457 answer. Faults come with their places: fields of
// the body as they are, others with "path.", "query." or "header." before them.
// The values at fault are not sent back: they may be large, and their sender
// has them.
func problem(status int, detail string, faults ...tradepost.Fault) *huma.ErrorModel {
	m := &huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}
	for _, f := range faults {
		m.Errors = append(m.Errors, &huma.ErrorDetail{Location: location(f.Field), Message: f.Problem})
	}
	return m
}

func location(field string) string {
	for _, elsewhere := range []string{"path.", "query.", "header."} {
		if strings.HasPrefix(field, elsewhere) {
			return field
		}
	}
	return strings.TrimSuffix("body."+field, ".")
}

// invalid is a request with these faults.
func invalid(faults tradepost.Invalid) *huma.ErrorModel {
	detail := "One thing is wrong with this request; errors says what and where."
	if len(faults) != 1 {
		detail = strconv.Itoa(len(faults)) + " things are wrong with this request; errors says what and where."
	}
	return problem(http.StatusUnprocessableEntity, detail, faults...)
}

func noSuch(noun string) *huma.ErrorModel {
	return problem(http.StatusNotFound, "There is no such "+noun+".")
}

// failed translates what the store said into an answer. What nobody foresaw is
// logged here and not told.
func (s *server) failed(ctx context.Context, err error) *huma.ErrorModel {
	var ready *huma.ErrorModel
	var faults tradepost.Invalid
	var notJSON malformed
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &faults):
		return invalid(faults)
	case errors.As(err, &notJSON):
		return problem(http.StatusBadRequest, "The body "+notJSON.reason+".")
	case errors.Is(err, tradepost.ErrKeyReused):
		return problem(http.StatusUnprocessableEntity, "This Idempotency-Key came before with a different request; use a new key for a new request.",
			tradepost.Fault{Field: "header.Idempotency-Key", Problem: "was used for a different request"})
	case errors.Is(err, tradepost.ErrChanged):
		return problem(http.StatusPreconditionFailed, "Somebody else has changed this since it was read: read it again, and repeat the change.")
	case errors.Is(err, tradepost.ErrRefused):
		return problem(http.StatusConflict, reasonOf(err))
	case errors.Is(err, tradepost.ErrNotFound):
		return problem(http.StatusNotFound, "There is nothing under this address.")
	}
	x := exchangeOf(ctx)
	if ctx.Err() == nil {
		s.log.ErrorContext(ctx, "request failed", "request_id", x.id, "error", err)
	}
	return problem(http.StatusInternalServerError, "Something failed here and nothing was kept. Try again with the same Idempotency-Key; if it stays, name request "+x.id+".")
}

// reasonOf is the rule's own sentence in a chain of errors: that of the one
// which wraps ErrRefused itself.
func reasonOf(err error) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if errors.Unwrap(e) == tradepost.ErrRefused { //nolint:errorlint // the innermost one is wanted, errors.Is takes the outermost
			reason := strings.TrimSuffix(e.Error(), ": "+tradepost.ErrRefused.Error())
			return strings.ToUpper(reason[:1]) + reason[1:] + "."
		}
	}
	return "This is not possible."
}

// merge adds to faults those of err that blame other fields: a field whose
// value could not even be read is not also missing.
func merge(faults tradepost.Invalid, err error) tradepost.Invalid {
	var more tradepost.Invalid
	if !errors.As(err, &more) {
		return faults
	}
	blamed := make(map[string]bool, len(faults))
	for _, f := range faults {
		blamed[f.Field] = true
	}
	for _, f := range more {
		if !blamed[""] && !blamed[f.Field] && !blamed[parent(f.Field)] {
			faults = append(faults, f)
		}
	}
	return faults
}

func parent(field string) string {
	if i := strings.LastIndexAny(field, ".["); i > 0 {
		return field[:i]
	}
	return field
}
