// Package fr has the messages of violations in French.
package fr

import (
	locale "github.com/go-playground/locales/fr"
	texts "github.com/go-playground/validator/v10/translations/fr"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns French, fr, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "fr", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} doit être un nombre entier",
			"notblank": "{0} ne doit pas être vide",
			"notnull":  "{0} ne doit pas être null",
			"file":     "{0} doit être un fichier",
			"filesize": "{0} ne doit pas dépasser {1}",
			"filetype": "{0} doit être un fichier de l'un de ces types : {1}",
		},
	})
}
