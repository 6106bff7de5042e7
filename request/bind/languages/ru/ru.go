// Package ru has the messages of violations in Russian.
package ru

import (
	locale "github.com/go-playground/locales/ru"
	texts "github.com/go-playground/validator/v10/translations/ru"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Russian, ru, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "ru", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":      "{0} должен быть целым числом",
			"lt-datetime":  "{0} должна быть раньше текущего момента",
			"lte-datetime": "{0} должна быть раньше или равна текущему моменту",
			"notblank":     "{0} не должен быть пустым",
			"notnull":      "{0} не должен быть null",
			"file":         "{0} должен быть файлом",
			"filesize":     "{0} не должен быть больше {1}",
			"filetype":     "{0} должен быть файлом одного из этих типов: {1}",
		},
	})
}
