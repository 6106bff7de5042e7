// Package ar has the messages of violations in Arabic.
package ar

import (
	locale "github.com/go-playground/locales/en"
	texts "github.com/go-playground/validator/v10/translations/ar"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Arabic, ar, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "ar", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "يجب أن يكون {0} عددًا صحيحًا",
			"notblank": "لا يجوز أن يكون {0} فارغًا",
			"notnull":  "لا يجوز أن يكون {0} null",
			"file":     "يجب أن يكون {0} ملفًا",
			"filesize": "يجب ألا يتجاوز حجم {0} {1}",
			"filetype": "يجب أن يكون {0} ملفًا من أحد الأنواع: {1}",
		},
	})
}
