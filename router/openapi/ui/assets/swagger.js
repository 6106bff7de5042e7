// Starts Swagger UI with what the page says in data attributes.
"use strict";

const place = document.getElementById("page");
const spec = new URL(place.dataset.spec, document.baseURI);
SwaggerUIBundle({
	domNode: place,
	url: spec.pathname + spec.search, // shown below the title
	deepLinking: true,
	displayRequestDuration: true,
	persistAuthorization: false,
	queryConfigEnabled: false, // a link must not choose another document
	validatorUrl: null, // it would send the document to a service on the internet
});
