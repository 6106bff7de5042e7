// Package th has the messages of violations in Thai.
package th

import (
	locale "github.com/go-playground/locales/th"
	texts "github.com/go-playground/validator/v10/translations/th"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Thai, th, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "th", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":    "{0} ต้องเป็นจำนวนเต็ม",
			"min-number": "{0} ต้องมีค่ามากกว่าหรือเท่ากับ {1}",
			"gte-number": "{0} ต้องมีค่ามากกว่าหรือเท่ากับ {1}",
			"notblank":   "{0} ต้องไม่เว้นว่าง",
			"notnull":    "{0} ต้องไม่เป็น null",
			"file":       "{0} ต้องเป็นไฟล์",
			"filesize":   "{0} ต้องมีขนาดไม่เกิน {1}",
			"filetype":   "{0} ต้องเป็นไฟล์ชนิดใดชนิดหนึ่งต่อไปนี้: {1}",
		},
	})
}
