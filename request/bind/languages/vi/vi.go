// Package vi has the messages of violations in Vietnamese.
package vi

import (
	locale "github.com/go-playground/locales/vi"
	texts "github.com/go-playground/validator/v10/translations/vi"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Vietnamese, vi, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "vi", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0} phải là số nguyên",
			"notblank": "{0} không được để trống",
			"notnull":  "{0} không được là null",
			"file":     "{0} phải là một tệp",
			"filesize": "{0} không được lớn hơn {1}",
			"filetype": "{0} phải là tệp thuộc một trong các loại sau: {1}",
		},
	})
}
