// Package it has the messages of violations in Italian.
package it

import (
	locale "github.com/go-playground/locales/it"
	texts "github.com/go-playground/validator/v10/translations/it"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Italian, it, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "it", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} deve essere un numero intero",
			"notblank": "{0} non deve essere vuoto",
			"notnull":  "{0} non deve essere null",
			"file":     "{0} deve essere un file",
			"filesize": "{0} non deve superare {1}",
			"filetype": "{0} deve essere un file di uno di questi tipi: {1}",
		},
	})
}
