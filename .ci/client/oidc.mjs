// Signs in to the example oidc as a person does, with the forms of a provider: node oidc.mjs SITE PROVIDER.
import { check, inChromium, listen, picture } from "./chromium.mjs";

const [site, provider] = process.argv.slice(2);

await inChromium([], async (browser) => {
	const page = await browser.newPage();
	// The sites have no icon, and the provider's page of the sign-out says 400 without a page to come back to.
	await listen(page, "oidc", (message) => {
		const url = message.location()?.url ?? "";
		return url.startsWith(provider) || url.endsWith("/favicon.ico");
	});
	const click = (selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

	await page.goto(`${site}/`);
	await click('a[href^="/sign-in"]');
	check("the sign-in leads to", page.url().startsWith(`${provider}/login/`), page.url());
	await page.type('input[name="username"]', "test-user@localhost");
	await page.type('input[name="password"]', "verysecure");
	await click('button[type="submit"], form button, input[type="submit"]');
	check("the password leads to", page.url() === `${site}/me`, page.url());
	const text = await page.evaluate(() => document.body.innerText);
	check("the page of the user", text.includes("Test User"), text);
	const cookies = (await page.cookies()).map((c) => c.name);
	check("the cookies", cookies.every((name) => !name.includes("oidc-")), cookies.join());

	await page.goto(`${site}/`);
	await picture(page, "oidc");
	await click("form button");
	check("the sign-out leads to", page.url().startsWith(provider), page.url());
	await page.goto(`${site}/`);
	const after = await page.evaluate(() => document.body.innerText);
	check("the page after the sign-out", after.includes("Sign in"), after);
});
