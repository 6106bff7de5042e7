// Package tr has the messages of violations in Turkish.
package tr

import (
	locale "github.com/go-playground/locales/tr"
	texts "github.com/go-playground/validator/v10/translations/tr"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Turkish, tr, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "tr", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} bir tam sayı olmalıdır",
			"notblank": "{0} boş bırakılamaz",
			"notnull":  "{0} null olamaz",
			"file":     "{0} bir dosya olmalıdır",
			"filesize": "{0} en fazla {1} olabilir",
			"filetype": "{0} şu türlerden birinde bir dosya olmalıdır: {1}",
		},
	})
}
