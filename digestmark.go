package tradepost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
)

// markBase32 is Crockford's base 32: upper case, without I, L, O and U. Whoever
// reads a mark takes lower case too, I and L for 1 and O for 0, since people and
// mail programs retype.
var markBase32 = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// markLen is the length of a mark: 30 bits. It opens nothing, it only tells items
// of one digest apart, and two of twelve have the same once in 16 million digests.
const markLen = 6

// Mark is what stands under the item of a conversation in a digest, named by the
// digest's notification id, to say where an answer to it begins: six characters
// of Crockford's base 32, by the key that signs. Another digest has another mark
// for the same conversation, so that an old quote isn't taken for a new one.
func (t *Tokens) Mark(digest, conversation int64) string {
	return mark(t.keys[0].Secret, digest, conversation)
}

// Marks are the marks of all keys in force, that of [Tokens.Mark] first: a digest
// may have gone out before the keys changed.
func (t *Tokens) Marks(digest, conversation int64) []string {
	all := make([]string, len(t.keys))
	for i, k := range t.keys {
		all[i] = mark(k.Secret, digest, conversation)
	}
	return all
}

func mark(secret []byte, digest, conversation int64) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("tradepost digest mark\x00")) // no other use of the secret signs the same octets
	var ids [16]byte
	binary.BigEndian.PutUint64(ids[:8], uint64(digest))
	binary.BigEndian.PutUint64(ids[8:], uint64(conversation))
	h.Write(ids[:])
	return markBase32.EncodeToString(h.Sum(nil)[:4])[:markLen]
}
