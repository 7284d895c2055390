package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestAttachments(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	var files []tradepost.Attachment
	var want [][]byte
	for i := range tradepost.MaxAttachments {
		data := bytes.Repeat([]byte{byte(i)}, i*i*i*100)
		want = append(want, data)
		files = append(files, tradepost.NewAttachment(fmt.Sprint(i), "", data))
	}
	// One that turns out shorter is kept as it is.
	files[5].Size++
	id, err := m.AddMessage(t.Context(), conv, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "See the files", files, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	_, messages, err := m.Conversation(t.Context(), conv)
	if err != nil || len(messages) != 2 || messages[1].ID != id || len(messages[1].Files) != len(files) {
		t.Fatalf("messages: %+v, %v", messages, err)
	}
	sums := make(map[string]bool)
	rows, err := storetest.Pool(t, m.url).Query(t.Context(), `select sha256 from attachments`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var sum []byte
		if err := rows.Scan(&sum); err != nil {
			t.Fatal(err)
		}
		sums[string(sum)] = true
	}
	for i, f := range messages[1].Files {
		of, content, err := m.Attachment(t.Context(), f.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(content)
		if err := errors.Join(err, content.Close()); err != nil || !bytes.Equal(got, want[i]) || of != f || f.Size != int64(len(got)) {
			t.Errorf("file %d is %+v with %d octets, not %d, %v", i, f, len(got), len(want[i]), err)
		}
		if sum := sha256.Sum256(want[i]); !sums[string(sum[:])] || f.ContentType != "application/octet-stream" {
			t.Errorf("file %d: its hash isn't kept, or %s", i, f.ContentType)
		}
	}

	// A blob that isn't the row's is no file.
	if _, _, err := m.Blobs().Put(t.Context(), messages[1].Files[3].BlobKey, bytes.NewReader([]byte("short"))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.Attachment(t.Context(), messages[1].Files[3].ID); err == nil {
		t.Error("a blob of another size is given out")
	}
}

// TestAttachmentThatFails leaves no message.
func TestAttachmentThatFails(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	broken := errors.New("broken")
	long := tradepost.NewAttachment("long", "", []byte("12345"))
	long.Size--
	for name, f := range map[string]tradepost.Attachment{
		"open": {Filename: "a", Size: 1, Open: func() (io.ReadCloser, error) { return nil, broken }},
		"read": {Filename: "b", Size: 1, Open: func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(broken)), nil }},
		"long": long,
	} {
		files := []tradepost.Attachment{tradepost.NewAttachment("good", "", []byte("good")), f}
		_, err := m.AddMessage(t.Context(), conv, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "Hello", files, store.Request{})
		if err == nil || name != "long" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, messages, err := m.Conversation(t.Context(), conv); err != nil || len(messages) != 1 {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}
