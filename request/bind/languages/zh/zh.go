// Package zh has the messages of violations in simplified Chinese.
package zh

import (
	locale "github.com/go-playground/locales/zh"
	texts "github.com/go-playground/validator/v10/translations/zh"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns simplified Chinese, zh, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "zh", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0}必须是整数",
			"notblank": "{0}不能为空白",
			"notnull":  "{0}不能为null",
			"file":     "{0}必须是文件",
			"filesize": "{0}不能大于{1}",
			"filetype": "{0}必须是以下类型之一的文件：{1}",
		},
	})
}
