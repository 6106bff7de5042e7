// Uses an app from pages of other origins in Chromium, as the policies of the app allow it. The argument is what TestInBrowser
// of middleware/cors says of where everything is.
import { check, inChromium } from "./chromium.mjs";

const { api, allowed, other } = JSON.parse(process.argv[2]);

// asked runs fetch in a page, and returns what its script sees of the answer.
function asked(page, path, options = {}) {
	return page.evaluate(async (url, options) => {
		try {
			const answer = await fetch(url, options);
			return {
				status: answer.status, text: await answer.text(),
				shown: answer.headers.get("X-Shown"), hidden: answer.headers.get("X-Hidden"),
			};
		} catch (error) {
			return { error: error.name };
		}
	}, api + path, options);
}

// open opens a page, and returns it with what the browser says on its console.
async function open(browser, origin) {
	const page = await browser.newPage();
	const said = [];
	page.on("console", (message) => said.push(message.text()));
	await page.goto(origin);
	return { page, said };
}

// wants compares what a script sees with parts of what it should see.
async function wants(what, { page }, path, options, want) {
	const got = await asked(page, path, options);
	for (const [name, value] of Object.entries(want)) {
		check(`${what}: ${name}`, got[name] === value, `${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
	}
}

const refused = { error: "TypeError" };
const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };

// useAllowed does what the policy allows, and sees errors, too.
async function useAllowed(tab) {
	await wants("an answer", tab, "/hello", {}, { status: 200, text: "hello", shown: "1", hidden: null });
	await wants("a method", tab, "/hello", { method: "PUT" }, { status: 200, text: "saved" });
	await wants("a header", tab, "/hello", { headers: { "X-A": "1" } }, { status: 200 });
	await wants("a header that is not allowed", tab, "/hello", { headers: { "X-B": "1" } }, refused);
	await wants("a method without a route", tab, "/hello", { method: "DELETE" }, refused);
	await wants("a stream", tab, "/stream", {}, { status: 200, text: "some words" });
	await wants("no such path", tab, "/none", {}, { status: 404 });
	await wants("an error", tab, "/fails", {}, { status: 500 });
	await wants("a handler of net/http", tab, "/mounted", {}, { status: 200, text: "mounted" });
	await wants("within the limit", tab, "/limited", { headers: { "X-A": "1" } }, { status: 200 });
	await wants("over the limit", tab, "/limited", { headers: { "X-A": "1" } }, { status: 429 });
	await wants("everybody's", tab, "/open", {}, { status: 200 });
	await wants("everybody's with cookies", tab, "/open", { credentials: "include" }, refused);
	await wants("nobody's", tab, "/closed", {}, refused);
}

// useCookies has a session by them, where a script asks for that.
async function useCookies(tab) {
	const include = { credentials: "include" };
	await wants("a visit", tab, "/visits", { ...json, ...include }, { status: 200, text: "1" });
	await wants("another visit", tab, "/visits", { ...json, ...include }, { status: 200, text: "2" });
	await wants("a visit without cookies", tab, "/visits", json, { status: 200, text: "1" });
}

// useOther is refused, and finds the messages that the documentation explains.
async function useOther(tab) {
	await wants("another origin", tab, "/hello", {}, refused);
	await wants("a method of another origin", tab, "/hello", { method: "PUT" }, refused);
	await wants("everybody's", tab, "/open", {}, { status: 200 });
	await wants("a form of another origin", tab, "/visits", { method: "POST", credentials: "include", mode: "no-cors" }, { status: 0 });
}

await inChromium([], async (browser) => {
	const tab = await open(browser, allowed);
	await useAllowed(tab);
	await useCookies(tab);
	const stranger = await open(browser, other);
	await useOther(stranger);
	await wants("the visits are those of the allowed origin", tab, "/visits", { ...json, credentials: "include" }, { text: "3" });
	for (const [{ said }, words] of [
		[stranger, "No 'Access-Control-Allow-Origin' header is present"],
		[stranger, "Response to preflight request doesn't pass access control check"],
		[tab, "must not be the wildcard '*' when the request's credentials mode is 'include'"],
	]) {
		check("a message", said.some((text) => text.includes(words)), `no ${words} in ${JSON.stringify(said)}`);
	}
});
