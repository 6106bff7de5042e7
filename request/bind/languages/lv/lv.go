// Package lv has the messages of violations in Latvian.
package lv

import (
	locale "github.com/go-playground/locales/en"
	texts "github.com/go-playground/validator/v10/translations/lv"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Latvian, lv, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "lv", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} jāsatur vesels skaitlis",
			"notblank": "{0} nedrīkst būt tukšs",
			"notnull":  "{0} nedrīkst būt null",
			"file":     "{0} jābūt datnei",
			"filesize": "{0} nedrīkst pārsniegt {1}",
			"filetype": "{0} jābūt vienam no šiem datnes tipiem: {1}",
		},
	})
}
