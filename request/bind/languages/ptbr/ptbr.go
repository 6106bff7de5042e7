// Package ptbr has the messages of violations in Brazilian Portuguese.
package ptbr

import (
	locale "github.com/go-playground/locales/pt_BR"
	texts "github.com/go-playground/validator/v10/translations/pt_BR"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Brazilian Portuguese, pt-BR, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "pt-BR", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} deve ser um número inteiro",
			"notblank": "{0} não pode estar em branco",
			"notnull":  "{0} não pode ser null",
			"file":     "{0} deve ser um arquivo",
			"filesize": "{0} não deve exceder {1}",
			"filetype": "{0} deve ser um arquivo de um destes tipos: {1}",
		},
	})
}
