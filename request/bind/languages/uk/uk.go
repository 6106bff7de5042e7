// Package uk has the messages of violations in Ukrainian.
package uk

import (
	locale "github.com/go-playground/locales/uk"
	texts "github.com/go-playground/validator/v10/translations/uk"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Ukrainian, uk, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "uk", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} має бути цілим числом",
			"notblank": "{0} не має бути порожнім",
			"notnull":  "{0} не має бути null",
			"file":     "{0} має бути файлом",
			"filesize": "{0} не має бути більшим за {1}",
			"filetype": "{0} має бути файлом одного з цих типів: {1}",
		},
	})
}
