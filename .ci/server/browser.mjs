// Lets Chromium open a page with a stylesheet and images, use forms and events, and send many requests.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, complain, inChromium, listen, picture } from "./chromium.mjs";

const [dir, origin, count] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const images = 20;
const batch = 10000; // of requests, far below the timeout of puppeteer
const parallel = 6; // connections that Chromium opens to a host

// makePage makes what the page consists of.
function makePage(dir) {
	const colour = (i) => `hsl(${(i * 360) / images} 60% 60%)`;
	for (let i = 0; i < images; i++) {
		writeFileSync(join(dir, `${i}.svg`), `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80">
			<rect width="80" height="80" fill="${colour(i)}"/><text x="25" y="50" font-size="24">${i}</text></svg>`);
	}
	writeFileSync(join(dir, "style.css"), "body { font-family: sans-serif; background: rgb(240, 248, 255) }");
	writeFileSync(join(dir, "page.html"), `<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>
		<link rel="icon" href="/file/0.svg"><link rel="stylesheet" href="/file/style.css">
		<h1>A page with ${images} images</h1>
		${Array.from({ length: images }, (_, i) => `<img src="/file/${i}.svg" alt="${i}">`).join("\n")}
		<form method="post" action="/visits"><input name="name" value="Mina"><button>Send</button></form>`);
}

// What follows runs in the page.

async function post(path) {
	const value = { list: Array.from({ length: 10000 }, (_, i) => i), name: "Mina" };
	const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
	return answer.status === 200 && await answer.text() === JSON.stringify(value);
}

function firstEvents(path, wanted) {
	return new Promise((resolve, reject) => {
		const got = [];
		const source = new EventSource(path);
		source.onerror = () => reject(new Error(`the stream has ended after ${got}`));
		source.onmessage = (event) => {
			if (got.push(event.data) === wanted) {
				source.close();
				resolve(got.join());
			}
		};
	});
}

async function many(next, count, parallel) {
	const errors = {};
	async function worker() {
		while (next < count) {
			const n = next++;
			let wrong;
			try {
				const answer = await fetch(`/n/${n}`, { cache: "no-store" });
				const text = await answer.text();
				wrong = (answer.status !== 200 || text !== `${n}\n`) && `${answer.status} ${text.slice(0, 80)}`;
			} catch (error) {
				wrong = error.message;
			}
			if (wrong) {
				errors[wrong] = (errors[wrong] ?? 0) + 1;
			}
		}
	}
	await Promise.all(Array.from({ length: parallel }, worker));
	return errors;
}

makePage(join(dir, "files"));
await inChromium([], async (browser) => {
	const page = await browser.newPage();
	await listen(page, "page", (message) => message.location()?.url.endsWith("/favicon.ico")); // for answers without a page
	page.on("requestfailed", (request) => request.url().endsWith("/events") ||
		complain(`failed: ${request.url()} ${request.failure()?.errorText}`));
	await page.goto(`${origin}/file/page.html`, { waitUntil: "networkidle0" });
	const loaded = await page.$$eval("img", (all) => all.filter((i) => i.complete && i.naturalWidth === 80).length);
	check("images", loaded === images, loaded);
	const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	check("stylesheet", background === "rgb(240, 248, 255)", background);
	await picture(page, "server");
	check("JSON", await page.evaluate(post, "/echo"), "another value");
	check("events", await page.evaluate(firstEvents, "/events", 5) === "0,1,2,3,4", "others");
	await page._client().send("Network.disable"); // events for each request would take longer than the request
	for (let n = 0; n < count; n += batch) {
		const errors = await page.evaluate(many, n, Math.min(n + batch, count), parallel);
		check("many requests", Object.keys(errors).length === 0, JSON.stringify(errors));
	}
	await page._client().send("Network.enable");
	for (const visit of ["1", "2", "3"]) {
		await page.goto(`${origin}/file/page.html`);
		await Promise.all([page.waitForNavigation(), page.click("button")]);
		const text = await page.$eval("body", (body) => body.textContent.trim());
		check("form", text === visit, text);
	}
});
