// Starts ReDoc with what the page says in data attributes.
"use strict";

const place = document.getElementById("page");
Redoc.init(place.dataset.spec, { sanitize: true }, place);
