// Package ko has the messages of violations in Korean.
package ko

import (
	locale "github.com/go-playground/locales/ko"
	texts "github.com/go-playground/validator/v10/translations/ko"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/internal/translations"
)

// Language returns Korean, ko, for soay.Options.Languages. Rules without a message in it have one in English.
func Language() bind.Language {
	return translations.Language(translations.Source{
		Tag: "ko", Locale: locale.New, Register: texts.RegisterDefaultTranslations,
		Own: map[string]string{
			"integer":  "{0}은(는) 정수여야 합니다.",
			"notblank": "{0}은(는) 공백일 수 없습니다.",
			"notnull":  "{0}은(는) null일 수 없습니다.",
			"file":     "{0}은(는) 파일이어야 합니다.",
			"filesize": "{0}은(는) {1}보다 클 수 없습니다.",
			"filetype": "{0}은(는) 다음 형식 중 하나의 파일이어야 합니다: {1}",
		},
	})
}
