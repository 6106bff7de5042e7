// Package pl has the messages of violations in Polish.
package pl

import (
	locale "github.com/go-playground/locales/pl"
	texts "github.com/go-playground/validator/v10/translations/pl"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Polish, pl, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "pl", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} musi być liczbą całkowitą",
			"notblank": "{0} nie może być puste",
			"notnull":  "{0} nie może mieć wartości null",
			"file":     "{0} musi być plikiem",
			"filesize": "{0} nie może być większe niż {1}",
			"filetype": "{0} musi być plikiem jednego z tych typów: {1}",
		},
	})
}
