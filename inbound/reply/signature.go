package reply

import (
	"regexp"
	"strings"
)

// isDelimiter knows the line above a signature: two dashes and a space (RFC 3676
// 4.3), QUIRK: the space is lost on many ways, and some type a long dash.
func isDelimiter(s string) bool {
	switch s {
	case "--", "—", "––", "__":
		return true
	}
	return false
}

// longestSignature is the number of lines from a delimiter to the end of the
// mail, disclaimers included, beyond which it isn't taken for one.
const longestSignature = 100

// footers are what clients on phones and free mail services put under a mail.
// Words of a device or a program must stand in the line, so that "Sent from the
// warehouse yesterday" stays.
var footers = regexp.MustCompile(`(?i)^[-_*~\[(<"' ]{0,6}(?:` +
	`(?:sent|composed|typed|written|posted) (?:from|via|with|using|by|on|through) (?:my |the |a |an )?` + devices +
	`|get (?:outlook|bluemail|spark|airmail|yahoo)\b.{0,40}|(?:sent|scanned) by .{0,20}(?:mobile|phone|scanner)|download .{0,20}(?:outlook|mail) ` +
	`|(?:skickat|skickades) från (?:min |mitt )?` + devices + `|hämta outlook\b|(?:von|mit) (?:meine[mr]? )?.{0,40}gesendet$|gesendet (?:von|mit|aus|über) (?:meine[mr]? )?` + devices +
	`|diese nachricht wurde von meinem|outlook für (?:ios|android)|envoyé (?:de|depuis|à partir de|avec|par|via) (?:mon |ma |l[’'])?` + devices + `|(?:télécharger|obtenez|obtenir|provenance) .{0,14}outlook` +
	`|enviad[oa] (?:desde|de|do|da|a partir d[eo]|pelo|con|com|via) (?:mi |meu |minha |el |o )?` + devices + `|(?:obtener|obtenga|descargar|obter|obtenha|baixar) .{0,10}outlook` +
	`|inviato (?:da|dal|dall'|con|tramite) ?(?:il |mio )*` + devices + `|(?:ottieni|scarica) outlook|(?:verzonden|verstuurd|gestuurd) (?:vanaf|van|met|via|vanuit) (?:mijn )?` + devices + `|outlook voor (?:ios|android) downloaden|download outlook` +
	`|sendt (?:fra|via|med) (?:min |mit )?` + devices + `|(?:hent|få) outlook|lähetetty .{0,30}(?:iphone|ipad|android|puhelim|laittee|outlook|samsung|sähköposti)|hanki outlook` +
	`|wysłan[eyo] (?:z|za pomocą|przez) .{0,30}(?:iphone|ipad|android|telefon|outlook|samsung|huawei|smartfon|poczt)|pobierz outlook` +
	`|отправлено (?:с|из|от) .{0,40}|надіслано (?:з|із|від) .{0,40}|.{0,20}(?:iphone|ipad|android|スマートフォン|携帯).{0,6}から送信|发自我的.{0,30}|发自.{0,20}(?:邮箱|手机|iphone|ipad)|從我的 ?.{0,20}(?:傳送|寄出)?|.{0,14}(?:iphone|ipad|갤럭시|android).{0,6}에서 보냄` +
	`|odesláno z .{0,40}|elküldve .{0,40}|.{0,20}(?:iphone|ipad|android|telefon).{0,10} gönderildi|στάλθηκε από .{0,40}|trimis de pe .{0,40}|נשלח מה.{0,30}|أُ?رسلت? من .{0,30}|(?:đã )?gửi từ .{0,40}` +
	`).{0,60}$`)

// devices are words that follow "sent from": devices, programs and services.
const devices = `.{0,30}(?:i-?phone|i-?pad|i-?pod|i-?os|iwatch|watch|android|galaxy|samsung|nokia|lumia|htc|sony|xperia|huawei|xiaomi|redmi|oneplus|pixel|motorola|moto|lg|blackberry|windows|` +
	`phone|telefon|telefoon|téléphone|teléfono|telefono|telemóvel|celular|móvil|mobil|handy|smartphone|tablet|handheld|wireless|mail|e-?mail|outlook|yahoo|gmail|proton|aol|gmx|web\.de|hotmail|thunderbird|mailbird|spark|mailspring|fastmail|icloud|app\b)`

// signature finds where, within the lines before end, a signature begins that
// nothing written follows; -1 if there is none.
func (c *cutter) signature(end int) (at int, why string) {
	for i := end - 1; i >= 0 && i >= end-longestSignature; i-- {
		l := &c.lines[i]
		if l.kind == quote || l.kind == attribution {
			break
		}
		if isDelimiter(l.norm) {
			at = i
			why = "signature delimiter"
			// Of several the first one counts, as signatures hold rulers too.
			for j := i - 1; j >= max(0, i-15) && c.lines[j].kind != quote && c.lines[j].kind != attribution; j-- {
				if isDelimiter(c.lines[j].norm) {
					at = j
				}
			}
			return at, why
		}
	}
	// A run of lines that HTML structure calls a signature.
	i := end - 1
	for i >= 0 && (c.lines[i].signature || c.lines[i].kind == blank) {
		i--
	}
	if i+1 < end && c.anySignature(i+1, end) {
		return i + 1, "signature element"
	}
	// A footer, with little but empty lines under it.
	texts := 0
	for i := end - 1; i >= 0 && texts <= 3; i-- {
		l := &c.lines[i]
		if l.kind == blank {
			continue
		}
		if l.kind != written {
			break
		}
		texts++
		if len(l.norm) <= 150 && footers.MatchString(l.norm) {
			return i, "client footer: " + shorten(l.norm)
		}
	}
	return -1, ""
}

func (c *cutter) anySignature(from, to int) bool {
	for i := from; i < to; i++ {
		if c.lines[i].signature {
			return true
		}
	}
	return false
}

func shorten(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return `"` + s + `"`
}
