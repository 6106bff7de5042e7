module github.com/soay-go/soay

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/gorilla/securecookie v1.1.2
	github.com/julienschmidt/httprouter v1.3.1-0.20240130105656-484018016424
)
