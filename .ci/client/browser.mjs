// Opens the documentation pages in Chromium and uses them. Nothing may go wrong on the way: no error or
// warning on the console, no refusal by the Content-Security-Policy, no request to another host.
import { check, complain, inChromium, listen, picture } from "./chromium.mjs";

const base = process.argv[2];
const operations = 5;

// watch complains of what goes wrong on a page, and keeps it from asking other hosts.
async function watch(page, name) {
	await listen(page, name);
	page.on("requestfailed", (request) => complain(`${name}: failed: ${request.url()} ${request.failure()?.errorText}`));
	page.on("response", (response) => {
		if (response.status() >= 400) {
			complain(`${name}: ${response.status()} for ${response.url()}`);
		}
	});
	await page.setRequestInterception(true);
	page.on("request", (request) => {
		const { protocol, origin } = new URL(request.url());
		if (origin === base || protocol === "data:" || protocol === "blob:") {
			request.continue();
		} else {
			complain(`${name}: asks another host: ${request.url()}`);
			request.abort();
		}
	});
}

async function open(browser, path, selector) {
	const page = await browser.newPage();
	await watch(page, path);
	await page.goto(base + path, { waitUntil: "networkidle0" });
	await page.waitForFunction((s, n) => document.querySelectorAll(s).length >= n, {}, selector, operations);
	return page;
}

// tryOut sends a request from Swagger UI and returns the status that the page shows.
async function tryOut(page, method, path, body) {
	const selector = `.opblock-${method}:has([data-path="${path}"])`;
	await page.click(`${selector} .opblock-summary-control`);
	await (await page.waitForSelector(`${selector} .try-out__btn`)).click();
	if (body) {
		const field = await page.waitForSelector(`${selector} textarea.body-param__text`);
		await field.focus();
		await page.keyboard.down("Control");
		await page.keyboard.press("a");
		await page.keyboard.up("Control");
		await page.keyboard.type(body);
	}
	await (await page.waitForSelector(`${selector} .execute`)).click();
	const status = await page.waitForSelector(`${selector} .live-responses-table .response .response-col_status`);
	const shown = await page.waitForSelector(`${selector} .live-responses-table .response .response-col_description`);
	return [
		await status.evaluate((e) => Number.parseInt(e.textContent, 10)),
		await shown.evaluate((e) => e.textContent),
	];
}

async function swagger(browser, path) {
	const page = await open(browser, path, ".opblock");
	await picture(page, "docs");
	const [created, cat] = await tryOut(page, "post", "/cats", `{"name": "Tried out", "born": 2021}`);
	check(`${path}: POST /cats`, created === 201 && cat.includes("Tried out"), `${created} ${cat}`);
	const [listed, cats] = await tryOut(page, "get", "/cats");
	check(`${path}: GET /cats`, listed === 200 && cats.includes("Tried out"), `${listed} ${cats}`);
	await picture(page, "docs-tried");
	await page.close();
}

async function redoc(browser, path) {
	const page = await open(browser, path, `[id^="operation/"], [id*="/operation/"]`);
	await picture(page, "redoc");
	await page.type("input.search-input", "cats"); // asks the worker
	await page.waitForSelector(`[data-role="search:results"] li`);
	await picture(page, "redoc-search");
	await page.close();
}

// Workers, too, reach nothing else.
await inChromium(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"], async (browser) => {
	await swagger(browser, "/docs");
	await redoc(browser, "/redoc");
	for (const [path, selector] of [["/docs/", ".opblock"], ["/redoc/", `[id*="operation/"]`]]) {
		await (await open(browser, path, selector)).close();
	}
});
console.log("browser: both pages work, without an error and without a request to another host");
