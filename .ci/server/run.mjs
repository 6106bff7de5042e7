// Asks the app through clients and proxies, REQUESTS times each, and tells how often something went wrong.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { fetch } from "undici";

import { Client2, load, makeFiles, rawLoad, tableOf } from "./checks.mjs";
import { checkCurl, manyByCurl } from "./curl.mjs";
import { agree, cannon, events, upgrade, upload } from "./kinds.mjs";
import { start, startApp, startHAProxy, startNginx, stop } from "./servers.mjs";

const dir = process.argv[2];
const count = Number(process.env.REQUESTS ?? 100000);
const share = (part) => Math.ceil(count * part);
let failures = 0;

// check runs a part, and prints its number of requests and what went wrong. Of the app's connections it may take
// only so many.
async function check(name, run, connections = Infinity) {
	const [start, before] = [performance.now(), await accepted()];
	const { requests, errors } = await run().catch((error) => ({ requests: 0, errors: [error.stack] }));
	const took = await accepted() - before;
	const texts = errors instanceof Map ? [...errors].map(([text, n]) => `${n} x ${text}`) : [...errors];
	if (took > connections) {
		texts.push(`${took} connections, at most ${connections} are needed`);
	}
	failures += texts.length;
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	console.log(`${name}: ${requests} requests, ${texts.length} errors, ${took} connections, ${seconds} s`);
	texts.slice(0, 20).forEach((text) => console.error(`\t${text.replaceAll("\n", "\n\t")}`));
}

// accepted is how many connections the app has accepted. This one does not count.
let asked = 0;
async function accepted() {
	const answer = await fetch(`${app.origin}/accepted`, { headers: { connection: "close" } });
	return Number(await answer.text()) - ++asked;
}

const files = makeFiles(join(dir, "files"));
const app = await startApp(dir);
const standard = await startApp(dir, "-standard");
const etag = (await fetch(`${app.origin}/file/10k.bin`, { method: "HEAD" })).headers.get("etag");
asked += 1;
const table = tableOf(files, etag, "loop");
const tableOfOld = tableOf(files, etag, "net/http"); // for HTTP/1.0

// chromium lets browser.mjs use the app.
async function chromium() {
	const log = join(dir, "browser.log");
	const code = await start(log, "node", "browser.mjs", dir, app.origin, count).ended;
	return { requests: count, errors: code === 0 ? [] : [readFileSync(log, "utf8")] };
}

// startInstance starts an app that is restarted with the same address, which is one that clients have no ports of.
function startInstance(address = "127.0.0.2:0") {
	return startApp(dir, "-drain", "1s", "-addr", address);
}

// restarts restarts both instances behind HAProxy several times, one after the other, while requests arrive.
async function restarts(proxy, instances, times = 6) {
	let done = false;
	const loaded = load({ ...at(proxy.sockets.two), table, more: () => !done, connections: 16 });
	const codes = [];
	for (let i = 0; i < times; i++) {
		const at = i % instances.length;
		codes.push(await stop(instances[at]));
		instances[at] = await startInstance(instances[at].address);
		while (readFileSync(proxy.log, "utf8").split(" is UP").length <= i + 1) {
			await delay(20);
		}
	}
	done = true;
	const { requests, errors } = await loaded;
	codes.some((code) => code !== 0) && errors.note(`instances have ended with ${codes}`);
	return { requests, errors };
}

const at = (socket) => ({ origin: app.origin, socket });
const direct = { ...at(), table };

// Without a proxy.
await check("curl, all it can", () => checkCurl(dir, app, standard));
await check("curl", () => manyByCurl(count, app.origin), 1);
await check("undici", () => load({ ...direct, count: share(0.5) }), 8);
await check("undici, 10 at once", () => load({ ...direct, count: share(0.5), pipelining: 10 }), 8);
await check("autocannon", () => cannon({ ...direct, count: share(0.5), connections: 8, pipelining: 1 }), 8);
await check("autocannon, 10 at once", () => cannon({ ...direct, count: share(0.5), connections: 8, pipelining: 10 }), 8);
await check("bytes, 10 at once", () => rawLoad({ address: app.address, table, count: share(0.3), depth: 10 }), 1);
await check("Chromium", chromium, 8);
await check("both servers agree", () => agree(table, direct, standard));
await check("events", () => events(direct));
await check("upload", () => upload(direct));
await check("upgrade", () => upgrade(direct));

// behind checks one way through a proxy, and compares with the same way to the app that net/http serves. The proxy may
// open so many connections, and those of an earlier way may still be open.
async function behind(name, socket, socketOfStandard, table, part, connections) {
	const through = { ...at(socket), table };
	await check(name, () => load({ ...through, count: share(part) }), connections);
	await check(`${name}, 10 at once`, () => load({ ...through, count: share(part), pipelining: 10 }), connections);
	await check(`${name}, both servers agree`, () => agree(table, through, at(socketOfStandard)));
	await check(`${name}, events`, () => events(through));
	await check(`${name}, upload`, () => upload(through));
}

const nginx = await startNginx(join(dir, "nginx"), app);
const nginxOfStandard = await startNginx(join(dir, "nginx-standard"), standard);
for (const [name, socket] of Object.entries(nginx.sockets)) {
	const [wanted, connections] = name === "old" ? [tableOfOld, Infinity] : [table, 16];
	await behind(`nginx, ${name}`, socket, nginxOfStandard.sockets[name], wanted, 0.15, connections);
	await check(`nginx, ${name}, curl`, () => manyByCurl(share(0.04), app.origin, "--unix-socket", socket));
}
await check("nginx, upgrade", () => upgrade(at(nginx.sockets.keepalive)));

const instances = [await startInstance(), await startInstance()];
const haproxy = await startHAProxy(join(dir, "haproxy"), app, instances);
const haproxyOfStandard = await startHAProxy(join(dir, "haproxy-standard"), standard, instances);
for (const [name, connections] of [["reuse", 16], ["close", Infinity]]) {
	await behind(`HAProxy, ${name}`, haproxy.sockets[name], haproxyOfStandard.sockets[name], table, 0.2, connections);
}
const overHTTP2 = { ...at(haproxy.sockets.h2), table, Kind: Client2, connections: 2, pipelining: 10 };
await check("HAProxy, HTTP/2 in front", () => load({ ...overHTTP2, count: share(0.2) }), 32);
await check("HAProxy, upgrade", () => upgrade(at(haproxy.sockets.reuse)));
await check("HAProxy, restarts", () => restarts(haproxy, instances));

for (const child of [app, standard, ...instances]) {
	const code = await stop(child);
	code === 0 || (failures++, console.error(`an app has ended with ${code}`));
}
const lines = (log) => readFileSync(log, "utf8").split("\n");
const complaints = [...lines(join(dir, "app.log")).filter((line) => / (WARN|ERROR) /.test(line)), ...lines(nginx.log)]
	.filter((line) => line !== "");
complaints.slice(0, 20).forEach((line) => console.error(line));
process.exit(failures + complaints.length > 0 ? 1 : 0);
