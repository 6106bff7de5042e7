// Package pt has the messages of violations in Portuguese.
package pt

import (
	locale "github.com/go-playground/locales/pt"
	texts "github.com/go-playground/validator/v10/translations/pt"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Portuguese, pt, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "pt", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} deve ser um número inteiro",
			"notblank": "{0} não pode estar em branco",
			"notnull":  "{0} não pode ser null",
			"file":     "{0} deve ser um ficheiro",
			"filesize": "{0} não deve exceder {1}",
			"filetype": "{0} deve ser um ficheiro de um destes tipos: {1}",
		},
	})
}
