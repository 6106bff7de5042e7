// Package ja has the messages of violations in Japanese.
package ja

import (
	locale "github.com/go-playground/locales/ja"
	texts "github.com/go-playground/validator/v10/translations/ja"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Japanese, ja, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "ja", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0}は整数でなければなりません",
			"notblank": "{0}は空白であってはなりません",
			"notnull":  "{0}はnullであってはなりません",
			"file":     "{0}はファイルでなければなりません",
			"filesize": "{0}は{1}以下でなければなりません",
			"filetype": "{0}は次のいずれかの種類のファイルでなければなりません: {1}",
		},
	})
}
