package ui

import _ "embed" // for the directives below

// One variable for each file, so that the linker leaves out those that a program does not use.
var (
	//go:embed assets/page.css
	pageStyle string
	//go:embed assets/swagger-ui.css.gz
	swaggerStyle string
	//go:embed assets/swagger-ui-bundle.js.gz
	swaggerScript string
	//go:embed assets/swagger.js
	swaggerStart string
	//go:embed assets/swagger-ui.LICENSE.txt
	swaggerLicence string
	//go:embed assets/redoc.standalone.js.gz
	redocScript string
	//go:embed assets/redoc.js
	redocStart string
	//go:embed assets/redoc.LICENSE.txt
	redocLicence string
)
