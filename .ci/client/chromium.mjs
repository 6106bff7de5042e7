// What the scripts have in common that use Chromium.
import { join } from "node:path";

import puppeteer from "puppeteer-core";

const complaints = [];

// complain notes what is wrong. The script goes on, and fails at its end.
export function complain(what) {
	complaints.push(what);
}

// check complains of what is not as it should be.
export function check(what, ok, got) {
	if (!ok) {
		complain(`${what}: ${got}`);
	}
}

// listen complains of what goes wrong on a page: errors and warnings on the console, other than those
// that isExpected knows, and refusals by the Content-Security-Policy.
export async function listen(page, name, isExpected = () => false) {
	page.on("console", (message) => {
		if (["error", "warn"].includes(message.type()) && !isExpected(message)) {
			complain(`${name}: console ${message.type()}: ${message.text()} ${message.location()?.url ?? ""}`);
		}
	});
	page.on("pageerror", (error) => complain(`${name}: uncaught: ${error.message}`));
	await page.exposeFunction("complainOfPolicy", (what) => complain(`${name}: ${what}`));
	await page.evaluateOnNewDocument(() => {
		addEventListener("securitypolicyviolation", (e) =>
			window.complainOfPolicy(`refused by ${e.violatedDirective}: ${e.blockedURI} ${e.sample}`));
	});
}

// picture keeps what a page looks like, if SCREENSHOTS names a folder for that.
export async function picture(page, name) {
	if (process.env.SCREENSHOTS) {
		await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
	}
}

// inChromium starts Chromium with more arguments, lets use use it, and ends the script with success if
// there was nothing to complain of.
export async function inChromium(args, use) {
	const browser = await puppeteer.launch({
		executablePath: process.env.CHROMIUM,
		args: [
			...(process.getuid() === 0 ? ["--no-sandbox"] : []), // Chromium has no sandbox for root
			"--disable-dev-shm-usage",
			...args,
		],
		defaultViewport: { width: 1280, height: 1000 },
	});
	try {
		await use(browser);
	} catch (error) { // what was noticed before may say why
		complain(error.stack);
	} finally {
		await browser.close();
	}
	if (complaints.length > 0) {
		console.error(complaints.join("\n"));
		process.exit(1);
	}
}
