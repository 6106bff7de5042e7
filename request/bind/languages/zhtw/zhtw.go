// Package zhtw has the messages of violations in traditional Chinese.
package zhtw

import (
	locale "github.com/go-playground/locales/zh_Hant_TW"
	texts "github.com/go-playground/validator/v10/translations/zh_tw"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns traditional Chinese, zh-TW, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "zh-TW", Also: []string{"zh-Hant", "zh-HK", "zh-MO"},
		Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0}必須是整數",
			"notblank": "{0}不能為空白",
			"notnull":  "{0}不能為null",
			"file":     "{0}必須是檔案",
			"filesize": "{0}不能大於{1}",
			"filetype": "{0}必須是以下類型之一的檔案：{1}",
		},
	})
}
