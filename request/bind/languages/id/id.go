// Package id has the messages of violations in Indonesian.
package id

import (
	locale "github.com/go-playground/locales/id"
	texts "github.com/go-playground/validator/v10/translations/id"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Indonesian, id, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "id", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} harus berupa bilangan bulat",
			"notblank": "{0} tidak boleh kosong",
			"notnull":  "{0} tidak boleh null",
			"file":     "{0} harus berupa berkas",
			"filesize": "{0} tidak boleh lebih besar dari {1}",
			"filetype": "{0} harus berupa berkas dengan salah satu tipe ini: {1}",
		},
	})
}
