// Package nl has the messages of violations in Dutch.
package nl

import (
	locale "github.com/go-playground/locales/nl"
	texts "github.com/go-playground/validator/v10/translations/nl"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Dutch, nl, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "nl", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} moet een geheel getal zijn",
			"notblank": "{0} mag niet leeg zijn",
			"notnull":  "{0} mag niet null zijn",
			"file":     "{0} moet een bestand zijn",
			"filesize": "{0} mag niet groter zijn dan {1}",
			"filetype": "{0} moet een bestand van een van deze types zijn: {1}",
		},
	})
}
