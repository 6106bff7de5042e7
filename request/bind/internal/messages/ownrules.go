package messages

import "slices"

// ownRules are the messages for the rules notblank and notnull, which the library does not have, by the tags of the
// languages. English has them among its predicates.
var ownRules = [...]struct{ tag, notBlank, notNull string }{
	{"ar", "لا يجوز أن يكون {0} فارغًا", "لا يجوز أن يكون {0} null"},
	{"de", "{0} darf nicht leer sein", "{0} darf nicht null sein"},
	{"es", "{0} no debe estar en blanco", "{0} no debe ser null"},
	{"fa", "{0} نباید خالی باشد", "{0} نباید null باشد"},
	{"fr", "{0} ne doit pas être vide", "{0} ne doit pas être null"},
	{"hy", "«{0}» դաշտը չպետք է դատարկ լինի", "«{0}» դաշտը չպետք է լինի null"},
	{"id", "{0} tidak boleh kosong", "{0} tidak boleh null"},
	{"it", "{0} non deve essere vuoto", "{0} non deve essere null"},
	{"ja", "{0}は空白であってはなりません", "{0}はnullであってはなりません"},
	{"ko", "{0}은(는) 공백일 수 없습니다.", "{0}은(는) null일 수 없습니다."},
	{"lv", "{0} nedrīkst būt tukšs", "{0} nedrīkst būt null"},
	{"nl", "{0} mag niet leeg zijn", "{0} mag niet null zijn"},
	{"pl", "{0} nie może być puste", "{0} nie może mieć wartości null"},
	{"pt", "{0} não pode estar em branco", "{0} não pode ser null"},
	{"pt-BR", "{0} não pode estar em branco", "{0} não pode ser null"},
	{"ru", "{0} не должен быть пустым", "{0} не должен быть null"},
	{"th", "{0} ต้องไม่เว้นว่าง", "{0} ต้องไม่เป็น null"},
	{"tr", "{0} boş bırakılamaz", "{0} null olamaz"},
	{"uk", "{0} не має бути порожнім", "{0} не має бути null"},
	{"vi", "{0} không được để trống", "{0} không được là null"},
	{"zh", "{0}不能为空白", "{0}不能为null"},
	{"zh-TW", "{0}不能為空白", "{0}不能為null"},
}

// ownPhrases returns the texts that replace those of the library in the language, or are missing there.
func (l *Language) ownPhrases() []phrase {
	phrases := slices.Clip(l.own)
	for _, r := range ownRules {
		if r.tag == l.tag {
			phrases = append(phrases, phrase{"notblank", r.notBlank}, phrase{"notnull", r.notNull})
		}
	}
	return phrases
}
