// Package fa has the messages of violations in Persian.
package fa

import (
	locale "github.com/go-playground/locales/fa"
	texts "github.com/go-playground/validator/v10/translations/fa"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Persian, fa, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "fa", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} باید یک عدد صحیح باشد",
			"notblank": "{0} نباید خالی باشد",
			"notnull":  "{0} نباید null باشد",
			"file":     "{0} باید یک فایل باشد",
			"filesize": "{0} نباید بزرگ\u200cتر از {1} باشد",
			"filetype": "{0} باید فایلی از یکی از این نوع\u200cها باشد: {1}",
		},
	})
}
