// Package hy has the messages of violations in Armenian.
package hy

import (
	locale "github.com/go-playground/locales/hy"
	texts "github.com/go-playground/validator/v10/translations/hy"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Armenian, hy, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "hy", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "«{0}» դաշտը պետք է պարունակի ամբողջ թիվ",
			"notblank": "«{0}» դաշտը չպետք է դատարկ լինի",
			"notnull":  "«{0}» դաշտը չպետք է լինի null",
			"file":     "«{0}» դաշտը պետք է լինի ֆայլ",
			"filesize": "«{0}» դաշտի ֆայլը չպետք է մեծ լինի {1}-ից",
			"filetype": "«{0}» դաշտի ֆայլը պետք է լինի այս տեսակներից մեկը՝ {1}",
		},
	})
}
