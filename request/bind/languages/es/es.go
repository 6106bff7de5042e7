// Package es has the messages of violations in Spanish.
package es

import (
	locale "github.com/go-playground/locales/es"
	texts "github.com/go-playground/validator/v10/translations/es"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Spanish, es, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "es", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} debe ser un número entero",
			"notblank": "{0} no debe estar en blanco",
			"notnull":  "{0} no debe ser null",
			"file":     "{0} debe ser un archivo",
			"filesize": "{0} no debe ser mayor que {1}",
			"filetype": "{0} debe ser un archivo de uno de estos tipos: {1}",
		},
	})
}
