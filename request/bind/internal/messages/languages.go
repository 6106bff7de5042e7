package messages

import (
	delocale "github.com/go-playground/locales/de"
	enlocale "github.com/go-playground/locales/en"
	eslocale "github.com/go-playground/locales/es"
	falocale "github.com/go-playground/locales/fa"
	frlocale "github.com/go-playground/locales/fr"
	hylocale "github.com/go-playground/locales/hy"
	idlocale "github.com/go-playground/locales/id"
	itlocale "github.com/go-playground/locales/it"
	jalocale "github.com/go-playground/locales/ja"
	kolocale "github.com/go-playground/locales/ko"
	nllocale "github.com/go-playground/locales/nl"
	pllocale "github.com/go-playground/locales/pl"
	ptlocale "github.com/go-playground/locales/pt"
	ptbrlocale "github.com/go-playground/locales/pt_BR"
	rulocale "github.com/go-playground/locales/ru"
	thlocale "github.com/go-playground/locales/th"
	trlocale "github.com/go-playground/locales/tr"
	uklocale "github.com/go-playground/locales/uk"
	vilocale "github.com/go-playground/locales/vi"
	zhlocale "github.com/go-playground/locales/zh"
	zhhanttwlocale "github.com/go-playground/locales/zh_Hant_TW"
	artexts "github.com/go-playground/validator/v10/translations/ar"
	detexts "github.com/go-playground/validator/v10/translations/de"
	entexts "github.com/go-playground/validator/v10/translations/en"
	estexts "github.com/go-playground/validator/v10/translations/es"
	fatexts "github.com/go-playground/validator/v10/translations/fa"
	frtexts "github.com/go-playground/validator/v10/translations/fr"
	hytexts "github.com/go-playground/validator/v10/translations/hy"
	idtexts "github.com/go-playground/validator/v10/translations/id"
	ittexts "github.com/go-playground/validator/v10/translations/it"
	jatexts "github.com/go-playground/validator/v10/translations/ja"
	kotexts "github.com/go-playground/validator/v10/translations/ko"
	lvtexts "github.com/go-playground/validator/v10/translations/lv"
	nltexts "github.com/go-playground/validator/v10/translations/nl"
	pltexts "github.com/go-playground/validator/v10/translations/pl"
	pttexts "github.com/go-playground/validator/v10/translations/pt"
	ptbrtexts "github.com/go-playground/validator/v10/translations/pt_BR"
	rutexts "github.com/go-playground/validator/v10/translations/ru"
	thtexts "github.com/go-playground/validator/v10/translations/th"
	trtexts "github.com/go-playground/validator/v10/translations/tr"
	uktexts "github.com/go-playground/validator/v10/translations/uk"
	vitexts "github.com/go-playground/validator/v10/translations/vi"
	zhtexts "github.com/go-playground/validator/v10/translations/zh"
	zhtwtexts "github.com/go-playground/validator/v10/translations/zh_tw"
)

// languages are those that the library ships translations for; English is the first. It costs
// nothing until the first message: the linker lays the table out. What a language has of its own is
// what the library does not say in it, or says wrongly: that a time that must lie in the future has to
// be before now, say.
var languages = [...]Language{
	{tag: "en", locale: enlocale.New, register: entexts.RegisterDefaultTranslations},
	{tag: "ar", locale: enlocale.New, register: artexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "يجب أن يكون {0} عددًا صحيحًا"}}},
	{tag: "de", locale: delocale.New, register: detexts.RegisterDefaultTranslations,
		own: []phrase{
			{"integer", "{0} muss eine ganze Zahl sein"},
			{"gt-items", "{0} muss mehr als {1} enthalten"},
			{"lt-items", "{0} muss weniger als {1} enthalten"},
			{"gt-datetime", "{0} muss nach dem aktuellen Datum und Uhrzeit liegen"},
			{"gte-datetime", "{0} muss nach dem aktuellen Datum und Uhrzeit liegen oder gleich sein"},
			{"unique", "{0} darf keinen Wert mehrfach enthalten"},
		}},
	{tag: "es", locale: eslocale.New, register: estexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} debe ser un número entero"}}},
	{tag: "fa", locale: falocale.New, register: fatexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} باید یک عدد صحیح باشد"}}},
	{tag: "fr", locale: frlocale.New, register: frtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} doit être un nombre entier"}}},
	{tag: "hy", locale: hylocale.New, register: hytexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "«{0}» դաշտը պետք է պարունակի ամբողջ թիվ"}}},
	{tag: "id", locale: idlocale.New, register: idtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} harus berupa bilangan bulat"}}},
	{tag: "it", locale: itlocale.New, register: ittexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} deve essere un numero intero"}}},
	{tag: "ja", locale: jalocale.New, register: jatexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0}は整数でなければなりません"}}},
	{tag: "ko", locale: kolocale.New, register: kotexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0}은(는) 정수여야 합니다."}}},
	{tag: "lv", locale: enlocale.New, register: lvtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} jāsatur vesels skaitlis"}}},
	{tag: "nl", locale: nllocale.New, register: nltexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} moet een geheel getal zijn"}}},
	{tag: "pl", locale: pllocale.New, register: pltexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} musi być liczbą całkowitą"}}},
	{tag: "pt", locale: ptlocale.New, register: pttexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} deve ser um número inteiro"}}},
	{tag: "pt-BR", locale: ptbrlocale.New, register: ptbrtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} deve ser um número inteiro"}}},
	{tag: "ru", locale: rulocale.New, register: rutexts.RegisterDefaultTranslations,
		own: []phrase{
			{"integer", "{0} должен быть целым числом"},
			{"lt-datetime", "{0} должна быть раньше текущего момента"},
			{"lte-datetime", "{0} должна быть раньше или равна текущему моменту"},
		}},
	{tag: "th", locale: thlocale.New, register: thtexts.RegisterDefaultTranslations,
		own: []phrase{
			{"integer", "{0} ต้องเป็นจำนวนเต็ม"},
			{"min-number", "{0} ต้องมีค่ามากกว่าหรือเท่ากับ {1}"},
			{"gte-number", "{0} ต้องมีค่ามากกว่าหรือเท่ากับ {1}"},
		}},
	{tag: "tr", locale: trlocale.New, register: trtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} bir tam sayı olmalıdır"}}},
	{tag: "uk", locale: uklocale.New, register: uktexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} має бути цілим числом"}}},
	{tag: "vi", locale: vilocale.New, register: vitexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0} phải là số nguyên"}}},
	{tag: "zh", locale: zhlocale.New, register: zhtexts.RegisterDefaultTranslations,
		own: []phrase{{"integer", "{0}必须是整数"}}},
	{tag: "zh-TW", locale: zhhanttwlocale.New, register: zhtwtexts.RegisterDefaultTranslations,
		also: []string{"zh-Hant", "zh-HK", "zh-MO"},
		own:  []phrase{{"integer", "{0}必須是整數"}}},
}

func english() *Language { return &languages[0] }

// offers are all tags to choose from, English first.
var offers = allTags()

func allTags() []string {
	var tags []string
	for i := range languages {
		tags = append(append(tags, languages[i].tag), languages[i].also...)
	}
	return tags
}
