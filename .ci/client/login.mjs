// Uses the login example in Chromium as people do, and attacks it from pages of other origins. The
// argument is what the example's TestInBrowser says of where everything is.
import { check, complain, inChromium, listen, picture } from "./chromium.mjs";

const { site, old, plain, attackers, attack, key, name, other, password } = JSON.parse(process.argv[2]);
const nickname = "Countess of Lovelace";
const cookieName = "__Host-session";
const strangers = /^(__Host-)?(antiforgery|device)$/; // cookies that do not say who somebody is
const tokenField = "__RequestVerificationToken";
const tooOld = "Load the page again and retry."; // says a refusal

// as runs a part of the test with a browser profile of its own, which is a person to the site.
async function as(browser, use) {
	const person = await browser.createBrowserContext();
	try {
		await use(person);
	} finally {
		await person.close();
	}
}

// open opens a tab. No answer of the site may be an error of its own, and none but those whose status begins with
// refusal an error at all.
async function open(person, refusal) {
	const page = await person.newPage();
	page.on("response", (response) => {
		if (response.status() >= 500) {
			complain(`${response.status()} for ${response.request().method()} ${response.url()}`);
		}
	});
	await listen(page, "site", (message) =>
		message.location()?.url?.endsWith("/favicon.ico") || message.text().includes(`status of ${refusal}`));
	return page;
}

// submit fills in a form, sends it by its button, and returns the answer after redirects.
async function submit(page, form, values = {}) {
	await page.bringToFront();
	for (const [field, value] of Object.entries(values)) {
		await page.$eval(`${form} [name=${field}]`, (e) => { e.focus(); e.select(); });
		await page.keyboard.sendCharacter(value);
	}
	const [answer] = await Promise.all([page.waitForNavigation(), page.click(`${form} button`)]);
	return answer;
}

async function signIn(page, base, user = name) {
	await page.goto(`${base}/login?return=/profile`);
	return submit(page, "#login", { username: user, password });
}

// shown returns the text of an element, null without it.
async function shown(page, selector) {
	return page.evaluate((s) => document.querySelector(s)?.textContent ?? null, selector);
}

async function sees(what, page, selector, want) {
	const got = await shown(page, selector);
	check(`${what}: ${selector}`, got === want, `${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

function isAt(what, page, want) {
	check(what, page.url() === want, `at ${page.url()}, want ${want}`);
}

// isSignedIn loads the profile, and leaves the tab there or at the form to sign in.
async function isSignedIn(what, page, base, user, called = "") {
	await page.goto(`${base}/profile`);
	isAt(what, page, `${base}${user ? "/profile" : "/login?return=%2Fprofile"}`);
	await sees(what, page, "#user", user);
	if (user) {
		const got = await page.$eval("#profile [name=nickname]", (e) => e.value);
		check(`${what}: nickname`, got === called, `${got}, want ${called}`);
	}
}

// refused checks that an answer is a page which says so.
async function refused(what, page, answer, text = tooOld) {
	check(what, answer.status() === 403, `status ${answer.status()}, want 403`);
	const got = await shown(page, "body");
	check(`${what}: the page`, got.includes(text), got);
}

// cookieOf checks which cookies the browser has besides that of strangers, and returns the value of the first.
async function cookieOf(what, person, want) {
	const cookies = (await person.cookies()).filter((c) => !strangers.test(c.name));
	const got = cookies.map((c) => [c.name, c.domain, c.path, c.secure, c.httpOnly, c.sameSite].join(" ")).join("; ");
	check(`${what}: cookies`, got === want, `"${got}", want "${want}"`);
	return cookies[0]?.value;
}

// Signing in and out, as it is meant.
async function signingInAndOut(person, base, cookie) {
	const page = await open(person, 401);
	await page.goto(base);
	await Promise.all([page.waitForNavigation(), page.click("a[href^='/login']")]);
	await picture(page, "login");
	await cookieOf("before signing in", person, "");
	const [stranger] = (await person.cookies()).filter((c) => strangers.test(c.name));
	check("before signing in", stranger?.httpOnly && stranger?.sameSite === "Strict", `${JSON.stringify(stranger)}`);

	const wrong = await submit(page, "#login", { username: name, password: "a guess" });
	check("wrong password", wrong.status() === 401, `status ${wrong.status()}`);
	check("wrong password", await shown(page, "#error"), "no #error");
	check("wrong password", !(await page.content()).includes("a guess"), "it is in the page");
	await picture(page, "login-wrong");

	const right = await submit(page, "#login", { username: name, password });
	const chain = [...right.request().redirectChain().map((r) => r.response().status()), right.status()].join();
	check("right password", chain === "303,200", `statuses ${chain}`);
	isAt("right password", page, `${base}/profile`);
	check("right password", await shown(page, "#flash"), "no #flash");
	await cookieOf("signed in", person, cookie);
	await isSignedIn("again", page, base, name);
	await sees("again", page, "#flash", null);

	await submit(page, "#profile", { nickname });
	await sees("saved", page, "#flash", "Saved.");
	await picture(page, "profile");
	await isSignedIn("saved", page, base, name, nickname);

	await submit(page, "#logout");
	isAt("signed out", page, `${base}/`);
	await sees("signed out", page, "#user", null);
	await cookieOf("signed out", person, "");
	await isSignedIn("signed out", page, base, null);
}

// Signing out everywhere reaches another browser.
async function signingOutEverywhere(browser) {
	await as(browser, async (ada) => {
		const page = await open(ada);
		await signIn(page, site);
		await as(browser, async (ada) => {
			const page = await open(ada);
			await signIn(page, site);
			await submit(page, "#everywhere");
			isAt("everywhere", page, `${site}/`);
			await cookieOf("everywhere", ada, "");
		});
		await isSignedIn("another browser", page, site, null);
	});
}

// The way back shows nothing of who has signed out: neither a page that the browser has kept as it was,
// nor one that it has kept in its cache.
async function backButton(person) {
	const page = await person.newPage();
	const kept = `${attackers["another site"]}/?page=kept`;
	await page.goto(kept);
	await page.evaluate(() => { document.body.textContent = "as it was"; });
	await page.goto(`${attackers["a sibling"]}/?page=`);
	await page.goBack();
	await sees("a page that may be kept", page, "body", "as it was"); // or else this test shows nothing

	await signIn(page, site);
	await submit(page, "#profile", { nickname });
	await page.goto(`${site}/`);
	await sees("home", page, "#user", name);
	await page.goto(`${site}/profile`);
	await submit(page, "#logout");
	for (let steps = 0; page.url() !== kept; steps++) {
		const text = await page.content();
		const told = [name, nickname, "Saved."].filter((secret) => text.includes(secret));
		check(`back ${steps}, at ${page.url()}`, told.length === 0, `the page has ${told}`);
		await page.goBack();
		if (steps > 10) {
			throw new Error("the way back has no end");
		}
	}
}

// Whoever follows a link to a page for users is sent to the sign-in, and is there in the end. A script is told instead
// that it is refused, in a form that it can read, and is never given the page to sign in.
async function wantedPages(person, base) {
	const page = await open(person, 401);
	const wanted = `${base}/profile?tab=a%20b&n=1`;
	const asked = await page.goto(wanted);
	const chain = [...asked.request().redirectChain().map((r) => r.response().status()), asked.status()].join();
	check("a page for users", chain === "302,200", `statuses ${chain}`);
	isAt("a page for users", page, `${base}/login?return=${encodeURIComponent("/profile?tab=a%20b&n=1")}`);
	await picture(page, "sent-to-sign-in");

	const ask = (method, accept) => page.evaluate(async (method, accept) => {
		const answer = await fetch("/profile", { method, headers: accept && { Accept: accept } });
		return [answer.status, answer.redirected, answer.headers.get("Content-Type"), await answer.text()];
	}, method, accept);
	for (const method of ["GET", "POST"]) {
		const [status, redirected, type, text] = await ask(method, "application/json");
		const told = JSON.parse(text);
		check(`fetch ${method}`, status === 401 && !redirected && type === "application/problem+json", `${status} ${redirected} ${type}`);
		check(`fetch ${method}`, told.status === 401 && told.reason === "credentials-missing", text);
		const [other, sent] = await ask(method); // says that it takes anything
		check(`fetch ${method} of anything`, other === 401 && !sent, `${other} ${sent}`);
	}

	await submit(page, "#login", { username: name, password: "a guess" }); // the way is not lost
	await submit(page, "#login", { username: name, password });
	isAt("signed in", page, wanted);
	await sees("signed in", page, "#user", name);
	await picture(page, "back-where-it-wanted");
	const [status, , type] = await ask("GET");
	check("fetch of a user", status === 200 && type.startsWith("text/html"), `${status} ${type}`);

	for (const evil of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
		await page.goto(`${base}/login?return=${encodeURIComponent(evil)}`);
		await submit(page, "#login", { username: name, password });
		isAt(`signed in with return=${evil}`, page, `${base}/`);
	}
}

// Who guesses too often is told to wait. That does not keep others from signing in.
async function guessing(browser) {
	await as(browser, async (person) => {
		const page = await open(person, 4);
		await page.goto(`${site}/login`);
		for (let i = 0; i < 10; i++) {
			const answer = await submit(page, "#login", { username: "mallory", password: "a guess" });
			check(`guess ${i}`, answer.status() === 401, `status ${answer.status()}`);
		}
		const answer = await submit(page, "#login", { username: "mallory", password: "a guess" });
		check("too many guesses", answer.status() === 429 && answer.headers()["retry-after"] > 0, `status ${answer.status()}`);
		await sees("too many guesses", page, "#error", "There were too many attempts. Try again in some minutes.");
		await picture(page, "too-many-guesses");
	});
	await as(browser, async (person) => {
		const page = await open(person);
		await signIn(page, site);
		await isSignedIn("after the guesses of somebody else", page, site, name);
	});
}

// Two tabs share the session.
async function twoTabs(person) {
	const [left, right] = [await open(person), await open(person, 401)];
	await signIn(left, site);
	await right.goto(`${site}/profile`);
	await sees("two tabs", right, "#user", name);

	await submit(left, "#logout");
	const late = await submit(right, "#profile", { nickname });
	check("a form after signing out", late.status() === 401, `status ${late.status()}`);
	await sees("a form after signing out", right, "#error", "Sign in first.");
	await picture(right, "signed-out-form");
	await cookieOf("a form after signing out", person, "");
	await sees("a form after signing out", right, "#user", null);

	await Promise.all([right.waitForNavigation(), right.click("a")]); // it is no dead end
	await submit(right, "#login", { username: name, password });
	isAt("signed in after that", right, `${site}/profile`);
	await isSignedIn("signed in again", left, site, name);
}

// A browser that does not say where a form comes from shows it by the token.
async function oldBrowser(person) {
	const [page, early] = [await open(person, 403), await open(person, 403)];
	await early.goto(`${old}/login`);
	await signIn(page, old);
	await refused("a form from before signing in", early, await submit(early, "#login", { username: other, password }));
	await isSignedIn("old browser", page, old, name);
	await submit(page, "#profile", { nickname });
	await sees("with a token", page, "#flash", "Saved.");

	for (const [what, value] of [["without a token", null], ["with a token that is made up", "A".repeat(160)]]) {
		await page.goto(`${old}/profile`);
		await page.$eval(`#profile [name=${tokenField}]`, (e, value) => value ? e.value = value : e.remove(), value);
		await refused(what, page, await submit(page, "#profile", { nickname: "Eve" }));
		await isSignedIn(what, page, old, name, nickname);
	}
	await deadTokens(person, name);
	await deadTokens(person, other);
}

// deadTokens signs in anew, maybe as another user, while forms are open in other tabs.
async function deadTokens(person, user) {
	const page = await open(person);
	for (const form of ["#profile", "#logout"]) {
		const tab = await open(person, 403);
		await tab.goto(`${old}/profile`);
		await signIn(page, old, user);
		await refused(`${form} from before signing in as ${user}`, tab, await submit(tab, form));
		await isSignedIn(`after ${form}`, page, old, user);
	}
}

// pageOf returns the address of an attacker's page.
const pageOf = (attacker, html) => `${attackers[attacker]}/?page=${encodeURIComponent(html)}`;

// formTo is a form to the site that sends itself.
const formTo = (path, fields, type = "application/x-www-form-urlencoded") =>
	`<form method="post" enctype="${type}" action="${site}${path}">${
		Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join("")
	}</form><script>onload = () => setTimeout(() => document.forms[0].submit())</script>`;

// arrives waits until a tab shows a page of the site.
const arrives = (page) =>
	page.waitForFunction((origin) => location.origin === origin && document.readyState === "complete", {}, site);

// recordCookies returns a function that tells which cookies a tab has sent to the site with posts.
async function recordCookies(page) {
	const [posts, sent] = [new Set(), []];
	const session = await page.createCDPSession();
	await session.send("Network.enable");
	session.on("Network.requestWillBeSent", ({ requestId, request }) => {
		if (request.method === "POST" && request.url.startsWith(`${site}/`)) {
			posts.add(requestId);
		}
	});
	session.on("Network.requestWillBeSentExtraInfo", ({ requestId, associatedCookies }) =>
		sent.push(...associatedCookies.filter((c) => c.blockedReasons.length === 0).map((c) => [requestId, c.cookie.name])));
	return () => [...new Set(sent.filter(([id, name]) => posts.has(id) && !strangers.test(name)).map(([, name]) => name))];
}

// Pages of other origins make the browser send what they like. Nothing comes of it.
async function forgedRequests(person, attacker) {
	const home = await open(person);
	await signIn(home, site);
	await submit(home, "#profile", { nickname });
	const page = await person.newPage();
	const sent = await recordCookies(page);
	const answerFrom = (path) => page.waitForResponse((r) => r.url() === site + path && r.request().method() === "POST");

	for (const [path, fields, type] of [
		["/logout", {}],
		["/logout-everywhere", {}],
		["/profile", { nickname: "Eve" }],
		["/profile", { nickname: "Eve" }, "multipart/form-data"],
		["/profile", { nickname: "Eve" }, "text/plain"],
		["/login", { username: other, password }],
	]) {
		const what = `form to ${path} from ${attacker}, ${type ?? "as usual"}`;
		const answer = answerFrom(path);
		await page.goto(pageOf(attacker, formTo(path, fields, type)));
		await arrives(page);
		await refused(what, page, await answer);
		await isSignedIn(what, home, site, name, nickname);
	}
	// Cookies come along from the same site, so there it is the check alone that protects.
	const wanted = attacker === "another site" ? "" : cookieName;
	check(`cookies sent from ${attacker}`, `${sent()}` === wanted, `"${sent()}", want "${wanted}"`);

	await page.goto(pageOf(attacker, ""));
	const answer = answerFrom("/logout");
	const forged = { method: "POST", mode: "no-cors", credentials: "include", body: "" };
	await page.evaluate((url, options) => fetch(url, options), `${site}/logout`, forged);
	check(`script of ${attacker}`, (await answer).status() === 403, `status ${(await answer).status()}, want 403`);
	for (const [method, type] of [["GET"], ["POST", "text/plain"], ["POST", "application/json"]]) {
		const got = await page.evaluate((url, method, type) =>
			fetch(url, { method, credentials: "include", headers: type && { "Content-Type": type } })
				.then((r) => r.text(), (error) => error.name), `${site}/profile`, method, type);
		check(`script of ${attacker}, ${method} ${type}`, got === "TypeError", `it reads ${got}`);
	}
	await isSignedIn(`scripts of ${attacker}`, home, site, name, nickname);
	await page.goto(pageOf(attacker, `<a href="${site}/profile">a link</a>`));
	await Promise.all([page.waitForNavigation(), page.click("a")]);
	await sees(`a link of ${attacker}`, page, "#user", name);
}

// Nobody signs a visitor in as somebody else, who would then see what the visitor writes.
async function forgedSignIn(person, attacker) {
	const page = await person.newPage();
	await page.goto(pageOf(attacker, formTo("/login", { username: other, password })));
	await arrives(page);
	await cookieOf(`sign in from ${attacker}`, person, "");
}

// No page of the site can be shown in a frame, where clicks can be stolen.
async function frames(person, attacker) {
	await signIn(await open(person), site);
	const page = await person.newPage();
	const harmless = `${attackers[attacker]}/?page=harmless`;
	const urls = [harmless, ...["/", "/login", "/profile", "/nowhere"].map((path) => site + path)];
	await page.goto(pageOf(attacker, urls.map((url) => `<iframe src="${url}"></iframe>`).join("")));
	const all = page.mainFrame().childFrames();
	check(`frames of ${attacker}`, all.length === urls.length, `${all.length} of ${urls.length}`);
	for (const [i, frame] of all.entries()) {
		const text = await frame.evaluate(() => document.body.innerText);
		const ok = urls[i] === harmless ? text === "harmless" : frame.url().startsWith("chrome-error:");
		check(`${urls[i]} in a frame of ${attacker}`, ok, `it shows ${text}`);
	}
	await picture(page, "framed");
}

// Another host of the domain cannot plant a session, under the name that the site reads.
async function plantedCookies(person) {
	const page = await person.newPage();
	await page.goto(pageOf("a sibling", ""));
	await page.evaluate((name) => {
		document.cookie = `${name}=planted; domain=soay.example; path=/; secure`;
		document.cookie = "control=planted; domain=soay.example; path=/; secure";
	}, cookieName);
	await cookieOf("planted", person, "control .soay.example / true false ");
}

await inChromium([
	`--ignore-certificate-errors-spki-list=${key}`,
	"--host-resolver-rules=MAP *.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
], async (browser) => {
	await as(browser, (p) => signingInAndOut(p, site, `${cookieName} www.soay.example / true true Lax`));
	await as(browser, (p) => signingInAndOut(p, plain, "session 127.0.0.1 / false true Lax"));
	for (const base of [site, plain]) {
		await as(browser, (p) => wantedPages(p, base));
	}
	await guessing(browser);
	await signingOutEverywhere(browser);
	await as(browser, backButton);
	await as(browser, twoTabs);
	await as(browser, oldBrowser);
	for (const attacker of attack ? Object.keys(attackers) : []) {
		await as(browser, (p) => forgedRequests(p, attacker));
		await as(browser, (p) => forgedSignIn(p, attacker));
		await as(browser, (p) => frames(p, attacker));
	}
	await as(browser, plantedCookies);
});
