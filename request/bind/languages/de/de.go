// Package de has the messages of violations in German.
package de

import (
	locale "github.com/go-playground/locales/de"
	texts "github.com/go-playground/validator/v10/translations/de"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns German, de, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "de", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":      "{0} muss eine ganze Zahl sein",
			"gt-items":     "{0} muss mehr als {1} enthalten",
			"lt-items":     "{0} muss weniger als {1} enthalten",
			"gt-datetime":  "{0} muss nach dem aktuellen Datum und Uhrzeit liegen",
			"gte-datetime": "{0} muss nach dem aktuellen Datum und Uhrzeit liegen oder gleich sein",
			"unique":       "{0} darf keinen Wert mehrfach enthalten",
			"notblank":     "{0} darf nicht leer sein",
			"notnull":      "{0} darf nicht null sein",
			"file":         "{0} muss eine Datei sein",
			"filesize":     "{0} darf nicht größer als {1} sein",
			"filetype":     "{0} muss eine Datei von einem dieser Typen sein: {1}",
		},
	})
}
